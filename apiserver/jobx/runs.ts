import { randomUUID } from 'node:crypto';

import { requestedByAnnotation, requestIdAnnotation } from '../../crds/labels.ts';
import { agentJobs } from '../../crds/types/agentjob.ts';
import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import { getIfThere } from '../../kube/ifthere.ts';
import type { Caller } from '../auth/caller.ts';
import { isObject } from '../http/json.ts';
import { maxVariablesBytes, variablesProblem } from '../variables.ts';
import { NameTakenError } from '../objects/create.ts';
import { patchObject } from '../objects/patch.ts';
import { Rights } from '../objects/rights.ts';
import { FormatError, JobxError, type JobxErrorOptions } from './errors.ts';
import { groupNamed } from './groups.ts';
import { formats, optional, required, type Params } from './params.ts';
import type { Project } from './projects.ts';
import { statusOf } from './reports.ts';
import { isRollback, isUuid, newUuid, rollbackOf, taskNameOf, uuidOf } from './uuids.ts';

/** Annotation of a task of which it was decided whether it is taken back: `rollback` or `norollback`. */
const decisionAnnotation = 'fleetwright.io/jobx-decision';
/** The variable with the version to go back to. */
const rollbackVersion = '_rollbackVersion_';

const withVersion = `run a job with the variable ${rollbackVersion}, the version to go back to`;
const notWaiting = 'only a batch that did not succeed does, and only once';

/** Who calls, and by which request. */
export interface Call {
  readonly caller: Caller;
  readonly requestId: string;
  readonly credentialsSecret: string | undefined;
}

/** What is to be run. */
export interface RunRequest {
  readonly jobname: string;
  readonly group: string;
  readonly variable: Readonly<Record<string, unknown>> | undefined;
}

/** @returns what a call asks for. @throws JobxError */
export function runIn(params: Params): RunRequest {
  const jobname = required(params, 'jobname', formats.words, 253);
  const group = required(params, 'group', formats.words, 100);
  const { variable } = params;
  if (variable !== undefined && !isObject(variable))
    throw new JobxError('check params variable no HASH', { fix: 'give variable as a JSON object' });
  const problem = variablesProblem(variable ?? {});
  if (problem !== undefined) throw new FormatError(`variable format error: ${problem}`);
  if (Buffer.byteLength(JSON.stringify(variable ?? {})) > maxVariablesBytes)
    throw new FormatError('variable format error: it is larger than 256 KiB', {
      fix: 'move large data to where the hosts can fetch it',
    });
  return { jobname, group, variable };
}

/** @returns the uuid that a call gives for its task; undefined when it gives none. @throws FormatError */
export function uuidIn(params: Params): string | undefined {
  return optional(params, 'uuid', formats.newUuid);
}

/** The uuid is that of a task that is, or was, there. */
export class UuidTakenError extends JobxError {
  constructor(options?: ErrorOptions) {
    super('uuid has already existed in the task', { fix: 'give another one, or none', ...options });
  }
}

/**
 * Makes the task. Group and job have to be there: a task that waited for what nobody makes would never end.
 * @returns its uuid. @throws UuidTakenError, JobxError, and what ObjectCreator.create throws
 */
export async function startRun(
  project: Project,
  call: Call,
  request: RunRequest,
  uuid: string = newUuid(randomUUID()),
): Promise<string> {
  await create(project, call, uuid, await specOf(project, call.caller, request));
  return uuid;
}

/**
 * Makes nothing.
 * @throws what startRun would throw if the task were made now
 */
export async function tryRun(project: Project, { caller }: Call, request: RunRequest, uuid: string): Promise<void> {
  if ((await findRun(project, caller, uuid)) !== undefined) throw new UuidTakenError();
  await specOf(project, caller, request);
  const { authorizer } = project.tasks;
  await new Rights(authorizer, agentTasks).demand(caller, { verb: 'create', namespace: project.namespace });
}

/** What the task is made of. @throws JobxError when there is no such group or job */
async function specOf(
  project: Project,
  caller: Caller,
  { jobname, group, variable }: RunRequest,
): Promise<AgentTask['spec']> {
  const found = await groupNamed(project, caller, group);
  const job = isObjectName(jobname)
    ? await getIfThere(project.tasks.clientOf(caller), agentJobs, { namespace: project.namespace, name: jobname })
    : undefined;
  if (job === undefined)
    throw new JobxError(`job name null: ${jobname}`, {
      fix: `there is no AgentJob of this name in the namespace ${project.namespace}`,
    });
  const spec = { groupRef: { name: found.metadata.name }, jobRef: { name: jobname } };
  return variable === undefined ? spec : { ...spec, variables: variable };
}

function isObjectName(name: string): boolean {
  return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(name);
}

async function create(project: Project, call: Call, uuid: string, spec: AgentTask['spec']): Promise<void> {
  const { caller, requestId, credentialsSecret } = call;
  try {
    await project.newTasks.create(caller, {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'AgentTask',
      metadata: {
        namespace: project.namespace,
        name: taskNameOf(uuid),
        annotations: { [requestedByAnnotation]: caller.user, [requestIdAnnotation]: requestId },
      },
      spec: {
        ...spec,
        source: 'jobx',
        correlationID: uuid,
        ...(credentialsSecret === undefined ? {} : { credentialsSecretRef: { name: credentialsSecret } }),
      },
    });
  } catch (error) {
    if (error instanceof NameTakenError) throw new UuidTakenError({ cause: error });
    throw error;
  }
}

/** @returns the task, and whether it is still there; undefined when there is none. @throws AuthError */
export async function findRun(
  project: Project,
  caller: Caller,
  uuid: string,
): Promise<{ readonly object: AgentTask; readonly live: boolean } | undefined> {
  const { authorizer } = project.tasks;
  const known = project.withUuid(uuid);
  if (known !== undefined) {
    await new Rights(authorizer, agentTasks).demand(caller, { verb: 'get', namespace: project.namespace });
    return { object: project.taskLookup.recent.latest(known), live: true };
  }
  const name = isUuid(uuid) ? taskNameOf(uuid) : `jobx-${uuid.toLowerCase().slice(0, 200)}`;
  const found = await project.taskLookup.byName(caller, { namespace: project.namespace, name });
  return found !== undefined && isUuid(uuid) && found.object.spec.groupRef !== undefined ? found : undefined;
}

function noSuchTask({ id }: Project, uuid: string): JobxError {
  return new JobxError('no find task', { fix: `project ${id} has no task ${uuid}; see GET /task/${id}` });
}

function noSuchBatch({ id }: Project): JobxError {
  return new JobxError('no find subtask', {
    fix: `give the uuid of a batch, as GET /subtask/${id}/:taskuuid tells it`,
  });
}

/**
 * Asks for the end of a task.
 * @returns whether there was anything left to end. @throws what patchObject throws
 */
export async function stopRun(project: Project, { caller, requestId }: Call, uuid: string): Promise<boolean> {
  await new Rights(project.tasks.authorizer, agentTasks).demand(caller, {
    verb: 'patch',
    namespace: project.namespace,
  });
  const found = await findRun(project, caller, uuid);
  if (found === undefined) throw noSuchTask(project, uuid);
  if (!found.live || hasEnded(found.object)) return false;
  const change = (task: AgentTask): object | undefined =>
    task.spec.stop === true || hasEnded(task) ? undefined : { spec: { stop: true } };
  const act = { operation: 'stop', requestId, change };
  return patchObject(caller, found.object, act, project.tasks, project.taskLookup.recent);
}

function hasEnded(task: AgentTask): boolean {
  const status = statusOf(task);
  return status === 'success' || status === 'fail';
}

/** Lets the batch begin that waits behind this one. @throws JobxError when none does */
export async function confirmBatch(project: Project, { caller, requestId }: Call, uuid: string): Promise<void> {
  const found = await project.batch(caller, uuid);
  if (found === undefined) throw noSuchBatch(project);
  const { task, number } = found;
  let waits = false;
  const change = (current: AgentTask): object | undefined => {
    const { batch, revision } = current.status?.waiting ?? {};
    waits = batch === number + 1;
    if (!waits || current.spec.confirm?.revision === revision) return undefined;
    // What an earlier answer said besides must not be taken for a part of this one.
    const confirm = { batch, revision, user: caller.user, action: 'Proceed', hosts: null, comment: null };
    return { spec: { confirm } };
  };
  const act = { operation: 'confirm', requestId, change };
  if (!(await patchObject(caller, task, act, project.tasks, project.taskLookup.recent))) throw noSuchBatch(project);
  if (!waits) throw new JobxError('subtask does not wait for confirmation', { fix: notWaiting });
}

/** Decides once whether a task is taken back, by a task of its own. @throws JobxError */
export async function decideRollback(
  project: Project,
  call: Call,
  uuid: string,
  control: 'rollback' | 'norollback',
): Promise<void> {
  const { caller, requestId } = call;
  const found = await findRun(project, caller, uuid);
  if (found?.live !== true) throw noSuchTask(project, uuid);
  if (isRollback(uuidOf(found.object)))
    throw new JobxError('role ne deploy', { fix: 'this task takes another one back' });
  const { variables } = found.object.spec;
  if (variables === undefined) throw new JobxError('variable null', { fix: withVersion });
  const version = variables[rollbackVersion];
  if (version === undefined || version === null || version === '')
    throw new JobxError(`variable nodefined ${rollbackVersion}`, { fix: withVersion });
  // Recorded before it is done: whoever comes second is told so, and a call that got lost in between is repeated.
  let decided: string | undefined;
  const change = (task: AgentTask): object | undefined => {
    decided = decisionOf(task);
    return decided === undefined ? { metadata: { annotations: { [decisionAnnotation]: control } } } : undefined;
  };
  const act = { operation: control, requestId, change };
  if (!(await patchObject(caller, found.object, act, project.tasks, project.taskLookup.recent)))
    throw noSuchTask(project, uuid);
  if (decided !== undefined && (decided !== control || control === 'norollback')) throw decidedAlready(decided);
  if (control === 'norollback') return;
  await takeBack(project, call, found.object, { ...variables, version });
}

/** Makes the task that takes another one back, once. */
async function takeBack(
  project: Project,
  call: Call,
  task: AgentTask,
  changed: NonNullable<AgentTask['spec']['variables']>,
): Promise<void> {
  const { [rollbackVersion]: _, ...variables } = changed;
  const { groupRef, jobRef, content } = task.spec;
  if (jobRef === undefined || groupRef === undefined || content !== undefined)
    throw new JobxError('the task runs no job', { fix: 'take it back by a task of your own' });
  const back = rollbackOf(uuidOf(task));
  try {
    await create(project, call, back, { groupRef, jobRef, variables, rollbackOf: { name: task.metadata.name } });
  } catch (error) {
    if (error instanceof UuidTakenError)
      throw decidedAlready('rollback', { fix: `see GET /task/${project.id}/${back}`, cause: error });
    throw error;
  }
}

function decidedAlready(decision: string, options?: JobxErrorOptions): JobxError {
  return new JobxError(`it is decided already: ${decision}`, options);
}

/** What was decided of a task; undefined: nothing yet, or there is nothing to go back to. */
export function decisionOf({ metadata }: AgentTask): string | undefined {
  return metadata.annotations?.[decisionAnnotation];
}

/** Whether somebody has to decide whether the task is taken back. */
export function awaitsDecision(task: AgentTask): boolean {
  return task.spec.variables?.[rollbackVersion] !== undefined && decisionOf(task) === undefined;
}
