import { agentTasks, type AgentTask, type AgentTaskPhase } from '../../crds/types/agenttask.ts';
import type { Caller } from '../auth/caller.ts';
import { patchObject } from '../objects/patch.ts';
import { Rights } from '../objects/rights.ts';
import { TaskNotFoundError, type TaskQuery } from './errors.ts';
import type { TaskLookup } from './lookup.ts';
import { taskObjects, type DispatchTasksOptions } from './tasks.ts';

/** A call that stops a task. */
export interface StopRequest {
  readonly query: TaskQuery;
  readonly requestId: string;
  /** True: also notes the wish on a task that has ended, as the original program did. */
  readonly evenFinished: boolean;
}

const finished: ReadonlySet<AgentTaskPhase> = new Set(['Succeeded', 'PartlySucceeded', 'Failed', 'Stopped']);

/**
 * Asks for the end of a task. A second call changes nothing, nor does one for a task that is only known to the history.
 * @throws TaskNotFoundError, AuthError, and what Client.get and Client.mergePatch throw
 */
export async function stopTask(
  caller: Caller,
  { query, requestId, evenFinished }: StopRequest,
  lookup: TaskLookup,
  options: DispatchTasksOptions,
): Promise<void> {
  const { authorizer, namespace } = options;
  // Also where nothing is left to be done: whoever may not stop tasks is told so each time.
  await new Rights(authorizer, agentTasks).demand(caller, { verb: 'patch', namespace });
  const { object: task, live } = await lookup.find(caller, query);
  if (!live) return;
  const change = ({ spec, status }: AgentTask) => {
    const done = spec.stop === true || (!evenFinished && finished.has(status?.phase ?? 'Pending'));
    return done ? undefined : { spec: { stop: true } };
  };
  const act = { operation: 'stop', requestId, change };
  if (!(await patchObject(caller, task, act, taskObjects(options), lookup.recent))) throw new TaskNotFoundError(query);
}
