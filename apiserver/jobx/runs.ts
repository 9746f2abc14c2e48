import { randomUUID } from 'node:crypto';

import { requestedByAnnotation, requestIdAnnotation } from '../../crds/labels.ts';
import { agentJobs } from '../../crds/types/agentjob.ts';
import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import { getIfThere } from '../../kube/ifthere.ts';
import type { Caller } from '../auth/caller.ts';
import { jsonProblem } from '../http/json-values.ts';
import { maxVariablesBytes, variablesProblem } from '../variables.ts';
import { NameTakenError } from '../objects/create.ts';
import { patchObject } from '../objects/patch.ts';
import { Rights } from '../objects/rights.ts';
import type { Call } from './call.ts';
import { FormatError, JobxError } from './errors.ts';
import { groupNamed } from './groups.ts';
import { formats, hashOf, optional, required, type Params } from './params.ts';
import type { Project } from './projects.ts';
import { hasEnded } from './reports.ts';
import { idInUuid, isUuid, newUuid, taskNameOf, uuidOf } from './uuids.ts';

/** What is to be run. */
export interface RunRequest {
  readonly jobname: string;
  readonly group: string;
  readonly variable: Readonly<Record<string, unknown>> | undefined;
}

/** A task has 256 at most, and that of a batch has one more than what is asked for: the hosts, as `ip`. */
const mostVariables = 255;

/** @returns what a call asks for. @throws JobxError */
export function runIn(params: Params): RunRequest {
  const jobname = required(params, 'jobname', formats.words, 253);
  const group = required(params, 'group', formats.words, 100);
  const variable = hashOf(params['variable']);
  if (params['variable'] !== undefined && variable === undefined)
    throw new JobxError('check params variable no HASH', { fix: 'give variable as a JSON object' });
  const problem = jsonProblem(variable) ?? variablesProblem(variable ?? {}, mostVariables);
  if (problem !== undefined) throw new FormatError('variable format error', { fix: problem });
  if (Buffer.byteLength(JSON.stringify(variable ?? {})) > maxVariablesBytes)
    throw new FormatError('variable format error', {
      fix: 'it is larger than 256 KiB: move large data to where the hosts can fetch it',
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
    super('uuid has already existed in the task', {
      code: 'UUID_TAKEN',
      fix: 'give another one, or none',
      ...options,
    });
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
  await makeRun(project, call, uuid, await specOf(project, call.caller, request));
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
  if (variable === undefined) return spec;
  const rollout = endsAtFailure(variable) ? { rollout: { onFailure: 'End' as const } } : {};
  return { ...spec, ...rollout, variables: variable };
}

/** Whether the task is to wait for nobody when a batch fails. */
function endsAtFailure({ _exit_: exit }: Readonly<Record<string, unknown>>): boolean {
  return exit === true || exit === 'true' || exit === 1 || exit === '1';
}

function isObjectName(name: string): boolean {
  return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(name);
}

/** Makes a task. @throws UuidTakenError, and what ObjectCreator.create throws */
export async function makeRun(project: Project, call: Call, uuid: string, spec: AgentTask['spec']): Promise<void> {
  const { caller, requestId, credentialsSecret, ttlSeconds } = call;
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
        ...(ttlSeconds === undefined ? {} : { ttlSecondsAfterFinished: ttlSeconds }),
        ...(credentialsSecret === undefined ? {} : { credentialsSecretRef: { name: credentialsSecret } }),
      },
    });
  } catch (error) {
    if (error instanceof NameTakenError) throw new UuidTakenError({ cause: error });
    throw error;
  }
}

/** A task on a group. */
export interface FoundRun {
  readonly object: AgentTask;
  /** It is still there. */
  readonly live: boolean;
}

/** @returns undefined when there is none. @throws AuthError */
export async function findRun(project: Project, caller: Caller, uuid: string): Promise<FoundRun | undefined> {
  const { authorizer } = project.tasks;
  const known = project.withUuid(uuid);
  if (known !== undefined) {
    await new Rights(authorizer, agentTasks).demand(caller, { verb: 'get', namespace: project.namespace });
    return { object: project.taskLookup.recent.latest(known), live: true };
  }
  const { namespace, taskLookup } = project;
  const name = isUuid(uuid) ? taskNameOf(uuid) : `jobx-${uuid.toLowerCase().slice(0, 200)}`;
  const id = idInUuid(uuid);
  const found =
    (await taskLookup.byName(caller, { namespace, name })) ??
    (id === undefined ? undefined : await taskLookup.byId(caller, namespace, id));
  return found?.object.spec.groupRef !== undefined && uuidOf(found.object) === uuid ? found : undefined;
}

export function noSuchTask({ id }: Project, uuid: string): JobxError {
  return new JobxError('no find task', {
    code: 'NO_TASK',
    fix: `project ${id} has no task ${uuid}; see GET /task/${id}`,
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
  const act = { operation: 'stop', requestId, change: stopped };
  return patchObject(caller, found.object, act, project.tasks, project.taskLookup.recent);
}

/** undefined where there is nothing left to stop. */
function stopped(task: AgentTask): object | undefined {
  return task.spec.stop === true || hasEnded(task) ? undefined : { spec: { stop: true } };
}
