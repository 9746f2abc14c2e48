import type { AgentTask } from '../../crds/types/agenttask.ts';
import { cacheOptions, type IndexedObjects } from '../objects/cache.ts';

const correlationIndex = 'correlation';

/** What of a task is kept in memory. Content and variables, its bulk, are left out: no answer holds them. */
export function withoutContent(task: AgentTask): AgentTask {
  const { content: _content, variables: _variables, ...spec } = task.spec;
  return { ...task, spec };
}

/** How the cache of the tasks is made. */
export const taskCacheOptions = cacheOptions<AgentTask>({
  indexers: {
    [correlationIndex]: ({ spec: { correlationID, source } }) =>
      correlationID === undefined || source === undefined ? [] : [correlationKey(correlationID, source)],
  },
  transform: withoutContent,
});

/** @returns those that were made for this correlation id by this system. */
export function tasksByCorrelation(
  cache: IndexedObjects<AgentTask>,
  correlationID: string,
  source: string,
): readonly AgentTask[] {
  return cache.byIndex(correlationIndex, correlationKey(correlationID, source));
}

/** Neither holds a line break: the schema of AgentTask sees to that. */
function correlationKey(correlationID: string, source: string): string {
  return `${correlationID}\n${source}`;
}
