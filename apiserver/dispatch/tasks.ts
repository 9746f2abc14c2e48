import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import type { HistoryReader } from '../../history/store.ts';
import type { Ids } from '../objects/create.ts';
import type { ObjectsOptions, Past } from '../objects/options.ts';
import { withoutContent } from './cache.ts';

/** By what the calls of this API come to the tasks of one namespace. */
export interface DispatchTasksOptions extends Pick<ObjectsOptions<AgentTask>, 'clientOf' | 'authorizer' | 'cache'> {
  readonly ids: Ids;
  readonly namespace: string;
  /** Tasks that may be gone; absent where none is kept. */
  readonly history?: HistoryReader | undefined;
}

/** @returns the same for what does not know tasks. */
export function taskObjects({ clientOf, authorizer, cache, history }: DispatchTasksOptions): ObjectsOptions<AgentTask> {
  const past = history === undefined ? undefined : pastOf(history);
  return { type: agentTasks, clientOf, authorizer, cache, slim: withoutContent, past };
}

function pastOf(history: HistoryReader): Past<AgentTask> {
  return {
    byId: async (namespace = '', id) => (await history.byId(namespace, id))?.task,
    byName: async (namespace = '', name) => (await history.byName(namespace, name))?.task,
  };
}
