import { createHash } from 'node:crypto';

import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import { listAll, type Client } from '../../kube/client.ts';
import type { ReflectorOptions } from '../../kube/reflector.ts';

/** Label with the integer id of a task. */
export const idLabel = 'fleetwright.io/dispatch-id';
/** Annotation with the name that the caller gave. */
export const nameAnnotation = 'fleetwright.io/dispatch-name';
/** The ConfigMap that ids come from. */
export const idCounterName = 'fleetwright-dispatch-ids';

/**
 * The object's name for a caller's name, which may hold what no object's name can. The same for ever: that a name is taken is then what the API
 * server says (409), whoever asks, however many facades there are, and also after a crash.
 */
export function objectNameOf(dispatchName: string): string {
  return `run-${createHash('sha256').update(dispatchName).digest('hex').slice(0, 32)}`;
}

/** @returns the id of a task; undefined for one that was not given any. */
export function idOf(task: AgentTask): number | undefined {
  const text = task.metadata.labels?.[idLabel] ?? '';
  return /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : undefined;
}

/** @returns the highest id among the tasks of the namespace, 0 when there is none: where a counter goes on that somebody deleted. */
export async function highestId(client: Client, namespace: string): Promise<number> {
  let highest = 0;
  await listAll(client, agentTasks, { namespace, labelSelector: idLabel, limit: 500 }, (items) => {
    for (const task of items) highest = Math.max(highest, idOf(task) ?? 0);
  });
  return highest;
}

const idIndex = 'dispatch-id';

/** How the cache of this API's tasks is made. Content and variables, the bulk of a task, are left out: no answer holds them. */
export const cacheOptions = {
  labelSelector: idLabel,
  indexers: { [idIndex]: (task: AgentTask) => [task.metadata.labels?.[idLabel] ?? ''] },
  transform: (task: AgentTask): AgentTask => {
    const { content: _content, variables: _variables, ...spec } = task.spec;
    return { ...task, spec };
  },
} satisfies Omit<ReflectorOptions<AgentTask>, 'log'>;

/** @returns those of a cache made with cacheOptions that carry the id, which is one at most unless somebody wrote labels by hand. */
export function tasksById(cache: { byIndex(index: string, value: string): readonly AgentTask[] }, id: number): readonly AgentTask[] {
  return cache.byIndex(idIndex, String(id));
}
