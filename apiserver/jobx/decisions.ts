import { decisionAnnotation } from '../../crds/labels.ts';
import { rollbackVersion, rollbackVersionOf } from '../../crds/rollbacks.ts';
import type { AgentTask } from '../../crds/types/agenttask.ts';
import { patchObject } from '../objects/patch.ts';
import { JobxError, type JobxErrorOptions } from './errors.ts';
import type { Project } from './projects.ts';
import type { Call } from './call.ts';
import { findRun, makeRun, noSuchTask, UuidTakenError } from './runs.ts';
import { isRollback, rollbackOf, uuidOf } from './uuids.ts';

const gone = 'it was deleted meanwhile, and its variables are not known any more: run the job with the version before';
const withVersion = `run a job with the variable ${rollbackVersion}, the version to go back to`;

/** Decides once whether a task is taken back, by a task of its own. @throws JobxError */
export async function decideRollback(
  project: Project,
  call: Call,
  uuid: string,
  control: 'rollback' | 'norollback',
): Promise<void> {
  const { caller, requestId } = call;
  const found = await findRun(project, caller, uuid);
  if (found === undefined) throw noSuchTask(project, uuid);
  if (!found.live) throw new JobxError('no find task', { fix: gone });
  if (isRollback(uuidOf(found.object)))
    throw new JobxError('role ne deploy', { fix: 'this task takes another one back' });
  if (found.object.spec.variables === undefined) throw new JobxError('variable null', { fix: withVersion });
  if (rollbackVersionOf(found.object) === undefined)
    throw new JobxError(`variable nodefined ${rollbackVersion}`, { fix: withVersion });
  const spec = control === 'rollback' ? specBack(found.object) : undefined;
  // Recorded before it is done: whoever comes second is told so, and a call that got lost in between is repeated.
  let decided: string | undefined;
  const change = (task: AgentTask): object | undefined => {
    decided = decisionOf(task);
    return decided === undefined ? { metadata: { annotations: { [decisionAnnotation]: control } } } : undefined;
  };
  const act = { operation: control, requestId, change };
  if (!(await patchObject(caller, found.object, act, project.tasks, project.taskLookup.recent)))
    throw noSuchTask(project, uuid);
  if (decided !== undefined && (decided !== control || control === 'norollback')) throw decidedAlready(uuid, decided);
  if (spec !== undefined) await takeBack(project, call, found.object, spec);
}

/** What takes a task back. @throws JobxError */
function specBack(task: AgentTask): AgentTask['spec'] {
  const { groupRef, jobRef, variables: { [rollbackVersion]: _, ...variables } = {} } = task.spec;
  if (jobRef === undefined || groupRef === undefined)
    throw new JobxError('the task runs no job', { fix: 'take it back by a task of your own' });
  const changed = { ...variables, version: rollbackVersionOf(task) };
  return { groupRef, jobRef, variables: changed, rollbackOf: { name: task.metadata.name } };
}

/** Makes the task that takes another one back, once. */
async function takeBack(project: Project, call: Call, task: AgentTask, spec: AgentTask['spec']): Promise<void> {
  const back = rollbackOf(uuidOf(task));
  try {
    await makeRun(project, call, back, spec);
  } catch (error) {
    if (error instanceof UuidTakenError)
      throw decidedAlready(uuidOf(task), 'rollback', { fix: `see GET /task/${project.id}/${back}`, cause: error });
    throw error;
  }
}

function decidedAlready(uuid: string, decision: string, options?: JobxErrorOptions): JobxError {
  // The original kept a row for each decision, under the uuid that the rollback has or would have.
  const original = `Duplicate entry '${rollbackOf(uuid)}'`;
  return new JobxError(`it is decided already: ${decision}`, { original, ...options });
}

/** What was decided of a task; undefined: nothing yet, or there is nothing to go back to. */
export function decisionOf({ metadata }: AgentTask): string | undefined {
  return metadata.annotations?.[decisionAnnotation];
}
