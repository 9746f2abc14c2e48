import type { Caller } from '../auth/caller.ts';
import type { AddCall, JobxApiOptions } from './calls.ts';
import { JobxError } from './errors.ts';
import { groupNameOf } from './groups.ts';
import { formats, optional, paramsIn, required, type Params } from './params.ts';
import type { Project, Projects } from './projects.ts';
import { statusOf } from './reports.ts';
import { findRun, runIn, startRun, stopRun, tryRun, UuidTakenError, type FoundRun, type RunRequest } from './runs.ts';
import { describe } from './schemas.ts';
import { progressOf } from './third.ts';
import { rollbackOf, uuidOfTry } from './uuids.ts';

const giveParams = 'give jobname, group and variable in params, a JSON object';
/** @param uuid as it was understood: with the letter of the try */
const none = (uuid: string): string => `no project that you may see has a task ${uuid}`;

/** Adds the calls for third parties, who know a task by a uuid of their own. */
export function addThirdCalls(add: AddCall, { projects, mode }: JobxApiOptions): void {
  const asking = { body: ['project_id', 'uuid', 'retry_count', 'params'] } as const;
  const about = { body: ['uuid', 'retry_count'] } as const;
  const of = (params: Params): Project => projects.of(required(params, 'project_id', formats.number));
  const names = {
    operationId: 'jobxGroupNames',
    summary: 'List the names of the groups',
    description: 'The names of all groups of a project.',
    body: ['project_id'],
  } as const;
  add('POST', '/third/option/groupname', describe(names), async ({ params, call }) => {
    const groups = await of(params).allGroups(call.caller);
    return { stat: true, data: groups.map(groupNameOf) };
  });
  const dry = {
    operationId: 'jobxDryRun',
    summary: 'See whether a job could be run',
    description: 'Makes nothing.',
    ...asking,
  };
  add('POST', '/third/interface/dry-run', describe(dry), async ({ params, call }) => {
    const uuid = uuidIn(params);
    await tryRun(of(params), call, requestIn(params), uuid);
    return { stat: true, uuid, msg: 'ok' };
  });
  const invoked = {
    operationId: 'jobxInvoke',
    summary: 'Run a job on a group',
    description: 'Makes the task of this uuid once, however often it is called.',
    ...asking,
  };
  add('POST', '/third/interface/invoke', describe(invoked), async ({ params, call }) => {
    const uuid = uuidIn(params);
    const request = requestIn(params);
    try {
      await startRun(of(params), call, request, uuid);
    } catch (error) {
      if (!(error instanceof UuidTakenError)) throw error;
      return { stat: true, info: 'This task has been successfully created' };
    }
    return { stat: true, uuid, data: 1 };
  });
  const queried = { operationId: 'jobxQuery', summary: 'See how a task stands', description: 'By its uuid.', ...about };
  add('POST', '/third/interface/query', describe(queried), async ({ params, call }) => {
    const uuid = uuidIn(params);
    const found = await anywhere(projects, call.caller, uuid);
    if (found === undefined) throw new JobxError('no find uuid', { fix: none(uuid) });
    const back = await findRun(found.project, call.caller, rollbackOf(uuid));
    return progressOf(found.task, back?.object, found.project.id);
  });
  const stopped = { operationId: 'jobxThirdStop', summary: 'Stop a task', description: 'By its uuid.', ...about };
  add('POST', '/third/interface/stop', describe(stopped), async ({ params, call }) => {
    const uuid = uuidIn(params);
    const found = await anywhere(projects, call.caller, uuid);
    if (found === undefined) throw new JobxError('no find task', { fix: none(uuid) });
    if (await stopRun(found.project, call, uuid)) return mode.stopped(uuid);
    return { stat: true, info: `jobx uuid:${uuid} status: ${statusOf(found.task.object)}` };
  });
}

/** The first eleven characters are the caller's, the last one tells the try. */
function uuidIn(params: Params): string {
  const tries = Number(optional(params, 'retry_count', formats.number, 4) ?? 0);
  return uuidOfTry(required(params, 'uuid', formats.thirdUuid), tries);
}

function requestIn({ params }: Params): RunRequest {
  if (params === undefined) throw new JobxError('params undef', { fix: giveParams });
  const asked = paramsIn(params);
  if (asked === undefined) throw new JobxError('params no HASH', { fix: giveParams });
  try {
    return runIn(asked);
  } catch (error) {
    if (!(error instanceof JobxError)) throw error;
    throw new JobxError(inParams(error.message), { original: inParams(error.original), cause: error });
  }
}

/** Parameters that stand within `params` have words of their own. */
function inParams(text: string): string {
  return text.replace(/^check format fail/, 'check params format fail');
}

async function anywhere(
  projects: Projects,
  caller: Caller,
  uuid: string,
): Promise<{ readonly project: Project; readonly task: FoundRun } | undefined> {
  return projects.search(async (project) => {
    const task = await findRun(project, caller, uuid);
    return task === undefined ? undefined : { project, task };
  });
}
