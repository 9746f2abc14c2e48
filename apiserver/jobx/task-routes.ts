import { countByStatus } from './analysis.ts';
import { done, type AddCall, type Asked, type JobxApiOptions } from './calls.ts';
import { confirmationIn, confirmBatch } from './confirmations.ts';
import { decideRollback } from './decisions.ts';
import { FormatError } from './errors.ts';
import { queryIn } from './filters.ts';
import { formats, optional, required } from './params.ts';
import { projectIn, projectsIn, type Project } from './projects.ts';
import { chosen, pageOf, talliesOf, type RunPage } from './records.ts';
import { subtasksOf, taskDetail, taskLine } from './reports.ts';
import { findRun, runIn, startRun, stopRun, uuidIn } from './runs.ts';
import { describe } from './schemas.ts';

const of = { path: ['projectid', 'uuid'] } as const;

/** Adds the calls on tasks and on their batches. */
export function addTaskCalls(add: AddCall, options: JobxApiOptions): void {
  addLists(add, options);
  addRuns(add, options);
  addSubtaskCalls(add, options);
}

function addLists(add: AddCall, { projects, now }: JobxApiOptions): void {
  const listed = {
    operationId: 'jobxTasks',
    summary: 'List the tasks',
    description:
      'Tasks on groups of a project, or of several with commas between them: the latest ones that the parameters ' +
      'choose, the eldest first. Where there are more, before is what to send for those before them.',
    path: ['projectid'],
    query: ['name', 'user', 'status', 'time_start', 'time_end', 'taskuuid', 'limit', 'before'],
  } as const;
  add('GET', '/task/:projectid', describe(listed), async ({ params, call }) => {
    const [query, uuid] = [queryIn(params), optional(params, 'taskuuid', formats.uuid)];
    const lines = async (project: Project): Promise<RunPage> =>
      uuid === undefined ? pageOf(project, call.caller, query) : chosen(project, call.caller, uuid, query);
    const asked = projectsIn(params, projects);
    const pages = await Promise.all(asked.map(async (project) => ({ project, ...(await lines(project)) })));
    const data = pages.flatMap(({ project, runs }) => runs.map((task) => taskLine(task, project.id)));
    const [{ before } = {}, another] = pages;
    return before === undefined || another !== undefined ? done(data) : { ...done(data), before };
  });
  const counted = {
    operationId: 'jobxCount',
    summary: 'Count the tasks of this month',
    description: 'How many tasks of a project began this month (UTC), by their status.',
    path: ['projectid'],
  } as const;
  add('GET', '/task/:projectid/count', describe(counted), async ({ params, call }) => {
    const last = now().toISOString().slice(0, 10);
    const month = { first: `${last.slice(0, 8)}01`, last };
    return done(countByStatus(await talliesOf(projectIn(params, projects), call.caller, month)));
  });
  const got = { operationId: 'jobxTask', summary: 'Get a task', description: 'One task; null when there is none.' };
  add('GET', '/task/:projectid/:uuid', describe({ ...got, ...of }), async ({ params, call }) => {
    const uuid = required(params, 'uuid', formats.uuid);
    const found = await findRun(projectIn(params, projects), call.caller, uuid);
    return done(found === undefined ? null : taskDetail(found.object));
  });
}

function addRuns(add: AddCall, { projects, mode }: JobxApiOptions): void {
  const started = {
    operationId: 'jobxRun',
    summary: 'Run a job on a group',
    description: 'Makes an AgentTask that runs an AgentJob batch by batch, and answers its uuid at once.',
    path: ['projectid'],
    body: ['jobname', 'group', 'variable', ...(mode.takesUuid ? (['uuid'] as const) : [])],
  } as const;
  add('POST', '/task/:projectid/job/byname', describe(started), async ({ params, call }) => {
    const uuid = await startRun(
      projectIn(params, projects),
      call,
      runIn(params),
      mode.takesUuid ? uuidIn(params) : undefined,
    );
    return { stat: true, uuid, data: 1 };
  });
  const controlled = {
    operationId: 'jobxDecide',
    summary: 'Take a task back, or not',
    description: 'Decides once: rollback makes a task with version set to _rollbackVersion_, on what was changed.',
    path: ['projectid', 'uuid', 'control'],
  } as const;
  add('PUT', '/task/:projectid/:uuid/:control', describe(controlled), async ({ params, call }) => {
    const uuid = required(params, 'uuid', formats.uuid);
    const control = required(params, 'control', formats.control);
    if (control !== 'rollback' && control !== 'norollback')
      throw new FormatError('control need in rollback,norollback');
    await decideRollback(projectIn(params, projects), call, uuid, control);
    return { stat: true, info: 'ok' };
  });
  const stop = async ({ params, call }: Asked): Promise<object> => {
    const uuid = required(params, 'uuid', formats.uuid);
    const stopped = await stopRun(projectIn(params, projects), call, uuid);
    return stopped ? { stat: true } : { stat: true, info: 'subtask is done' };
  };
  const stopped = { summary: 'Stop a task', description: 'What runs is stopped, and no further batch begins.' };
  add('DELETE', '/task/:projectid/:uuid', describe({ operationId: 'jobxStop', ...stopped, ...of }), stop);
  add('PUT', '/task/:projectid/:uuid', describe({ operationId: 'jobxStopByPut', ...stopped, ...of }), stop);
}

function addSubtaskCalls(add: AddCall, { projects, mode }: JobxApiOptions): void {
  const listed = {
    operationId: 'jobxSubtasks',
    summary: 'List the batches of a task',
    description: 'The batches of a task in their order; none for a task that is not there.',
    path: ['projectid', 'taskuuid'],
  } as const;
  add('GET', '/subtask/:projectid/:taskuuid', describe(listed), async ({ params, call }) => {
    const uuid = required(params, 'taskuuid', formats.uuid);
    const found = await findRun(projectIn(params, projects), call.caller, uuid);
    return done(found === undefined ? [] : subtasksOf(found.object, mode));
  });
  const confirmed = {
    operationId: 'jobxConfirm',
    summary: 'Confirm a batch that did not succeed',
    description:
      'Lets the batch begin that waits behind it; or, by action, runs the job once more on hosts of the batch ' +
      '(retry), or goes on without them (skip).',
    path: ['projectid', 'subtaskuuid'],
    body: ['action', 'hosts', 'comment'],
  } as const;
  add('PUT', '/subtask/:projectid/:subtaskuuid/confirm', describe(confirmed), async ({ params, call }) => {
    const uuid = required(params, 'subtaskuuid', formats.uuid);
    await confirmBatch(projectIn(params, projects), call, uuid, confirmationIn(params));
    return done(1);
  });
}
