import { createHash } from 'node:crypto';

import { idLabel, idOf } from '../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import { listAll, type Client } from '../../kube/client.ts';
import type { ReflectorOptions } from '../../kube/reflector.ts';

/** Annotation with the name that the caller gave. */
export const nameAnnotation = 'fleetwright.io/dispatch-name';

/**
 * The object's name for a caller's name, which may hold what no object's name can. The same for ever: that a name is taken is then what the API
 * server says (409), whoever asks, however many facades there are, and also after a crash.
 */
export function objectNameOf(dispatchName: string): string {
  return `run-${createHash('sha256').update(dispatchName).digest('hex').slice(0, 32)}`;
}

/** @returns the highest id among the tasks of the namespace, 0 when there is none: where a counter goes on that somebody deleted. */
export async function highestId(client: Client, namespace: string): Promise<number> {
  let highest = 0;
  await listAll(client, agentTasks, { namespace, labelSelector: idLabel, limit: 500 }, (items) => {
    for (const task of items) highest = Math.max(highest, idOf(task) ?? 0);
  });
  return highest;
}

const idIndex = 'id';
const correlationIndex = 'correlation';

/** What of a task is kept in memory. Content and variables, its bulk, are left out: no answer holds them. */
export function withoutContent(task: AgentTask): AgentTask {
  const { content: _content, variables: _variables, ...spec } = task.spec;
  return { ...task, spec };
}

/** How the cache of the tasks is made. */
export const cacheOptions = {
  indexers: {
    [idIndex]: (task: AgentTask) => {
      const id = idOf(task);
      return id === undefined ? [] : [String(id)];
    },
    [correlationIndex]: ({ spec: { correlationID, source } }: AgentTask) =>
      correlationID === undefined || source === undefined ? [] : [correlationKey(correlationID, source)],
  },
  transform: withoutContent,
} satisfies Omit<ReflectorOptions<AgentTask>, 'log'>;

/** What lookups need of a cache made with cacheOptions. */
export interface TaskIndex {
  byIndex(index: string, value: string): readonly AgentTask[];
}

/** @returns those that carry the id, which is one at most unless somebody wrote labels by hand. */
export function tasksById(cache: TaskIndex, id: number): readonly AgentTask[] {
  return cache.byIndex(idIndex, String(id));
}

/** @returns those that were made for this correlation id by this system. */
export function tasksByCorrelation(cache: TaskIndex, correlationID: string, source: string): readonly AgentTask[] {
  return cache.byIndex(correlationIndex, correlationKey(correlationID, source));
}

/** Neither holds a line break: the schema of AgentTask sees to that. */
function correlationKey(correlationID: string, source: string): string {
  return `${correlationID}\n${source}`;
}
