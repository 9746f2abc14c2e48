import { stoppedAtAnnotation, stoppedByAnnotation, stopRequestIdAnnotation } from '../../crds/labels.ts';
import { agentTasks, type AgentTask, type AgentTaskPhase } from '../../crds/types/agenttask.ts';
import { ConflictError, NotFoundError } from '../../kube/errors.ts';
import type { Caller } from '../auth/caller.ts';
import { TaskNotFoundError, type TaskQuery } from './errors.ts';
import { withoutContent } from './identity.ts';
import type { TaskLookup } from './lookup.ts';
import { Rights } from './rights.ts';
import type { DispatchTasksOptions } from './tasks.ts';

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
 * @throws TaskNotFoundError, AuthError, and what Client.mergePatch throws
 */
export async function stopTask(
  caller: Caller,
  { query, requestId, evenFinished }: StopRequest,
  lookup: TaskLookup,
  options: DispatchTasksOptions,
): Promise<void> {
  // Also where nothing is left to be done: whoever may not stop tasks is told so each time.
  await new Rights(options.authorizer, options.namespace).demand(caller, 'patch');
  const { task, live } = await lookup.find(caller, query);
  if (!live || task.spec.stop === true || (!evenFinished && finished.has(task.status?.phase ?? 'Pending'))) return;
  const { namespace, name, uid } = task.metadata;
  const annotations = {
    [stoppedByAnnotation]: caller.user,
    [stopRequestIdAnnotation]: requestId,
    [stoppedAtAnnotation]: new Date().toISOString(),
  };
  // With its UID, so that a later task of the same name is not stopped in its place.
  const patch = { metadata: { uid, annotations }, spec: { stop: true } };
  try {
    const stopped: AgentTask = await options
      .clientOf(caller)
      .mergePatch(agentTasks, { namespace: namespace ?? options.namespace, name }, patch);
    lookup.recent.record(withoutContent(stopped));
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof ConflictError)
      throw new TaskNotFoundError(query, { cause: error });
    throw error;
  }
}
