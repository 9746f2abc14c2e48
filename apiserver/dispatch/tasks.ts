import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import { agentTaskHistory } from '../../history/agenttask/kind.ts';
import type { HistoryReader } from '../../history/store.ts';
import type { Ids } from '../objects/create.ts';
import { pastOf } from '../objects/history.ts';
import type { ObjectsOptions } from '../objects/options.ts';
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
  const past = history === undefined ? undefined : pastOf(history, agentTaskHistory);
  return { type: agentTasks, clientOf, authorizer, cache, slim: withoutContent, past };
}
