import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Caller } from '../auth/caller.ts';
import { guardCalls, type Guard } from '../auth/guard.ts';
import { takeOnly } from '../http/methods.ts';
import { byDate, byHour, byRuntime, countByStatus, lastOf } from './analysis.ts';
import type { AddCall, Asked } from './calls.ts';
import { FormatError } from './errors.ts';
import { answerFailures } from './failures.ts';
import { createGroup, deleteGroup, editGroup, groupDetail, groupLine, groupOf, nodesOf } from './groups.ts';
import { logText, type LogReading } from './logs.ts';
import { operationsOf } from './operations.ts';
import { bodyLimit, formats, optional, paramsOf, required, takeParams, type Params } from './params.ts';
import type { Project, Projects } from './projects.ts';
import { subtasksOf, taskDetail } from './reports.ts';
import { confirmBatch, decideRollback, findRun, runIn, startRun, stopRun, uuidIn, type Call } from './runs.ts';
import { describe } from './schemas.ts';
import { filtered } from './filters.ts';
import { addThirdCalls } from './third-routes.ts';

export interface JobxApiOptions {
  readonly guard: Guard;
  readonly projects: Projects;
  readonly logs: LogReading;
  readonly credentialsSecret: string | undefined;
  readonly now: () => Date;
}

/** The JOBX API as a Fastify plugin. See docs/rest/jobx.md. */
export async function jobxPlugin(app: FastifyInstance, options: JobxApiOptions): Promise<void> {
  guardCalls(app, options.guard);
  takeParams(app);
  answerFailures(app);
  // Requests are judged in the API's own words; answers are written as they are.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  const methods = new Map<string, string[]>();
  const add: AddCall = (method, url, schema, handler) => {
    methods.set(url, [...(methods.get(url) ?? []), method]);
    app.route({
      method,
      url,
      schema,
      bodyLimit,
      handler: async (request, reply) => handler({ params: paramsOf(request), call: callOf(request, options), reply }),
    });
  };
  addGroupCalls(add, options);
  addTaskCalls(add, options);
  addAnalysisCalls(add, options);
  addSubtaskCalls(add, options);
  addLogCalls(add, options);
  addThirdCalls(add, options.projects);
  for (const [url, taken] of methods) takeOnly(app, url, taken, (info) => ({ stat: false, info }));
}

function callOf(request: FastifyRequest, { credentialsSecret }: JobxApiOptions): Call {
  return { caller: callerOf(request), requestId: request.id, credentialsSecret };
}

/** The guard has let him in, or no handler would run. */
function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new Error('the guard of the JOBX API lets requests pass without a caller');
  return caller;
}

const done = (data: unknown): object => ({ stat: true, data });

function projectIn(params: Params, projects: Projects): Project {
  return projects.of(required(params, 'projectid', formats.number));
}

function addGroupCalls(add: AddCall, { projects }: JobxApiOptions): void {
  const [all, one] = ['/group/:projectid', '/group/:projectid/:id'];
  const parts = { path: ['projectid', 'id'], body: ['name', 'note', 'group_type', 'node', 'percent'] } as const;
  const group = async ({ params, call }: Asked) => {
    const project = projectIn(params, projects);
    return { project, group: await groupOf(project, call.caller, required(params, 'id', formats.number)) };
  };
  const listed = {
    operationId: 'jobxGroups',
    summary: 'List the groups',
    description: 'All groups of a project, the youngest first.',
    path: ['projectid'],
  } as const;
  add('GET', all, describe(listed), async ({ params, call }) =>
    done((await projectIn(params, projects).allGroups(call.caller)).map(groupLine)),
  );
  const got = { operationId: 'jobxGroup', summary: 'Get a group', description: 'What a group is made of.' };
  add('GET', one, describe({ ...got, path: parts.path }), async (asked) => {
    const { project, group: found } = await group(asked);
    return done(groupDetail(found, project.id));
  });
  const nodes = {
    operationId: 'jobxGroupNodes',
    summary: 'Get the hosts of a group',
    description: 'The hosts of a group by batch: a list of lists.',
    path: parts.path,
  } as const;
  add('GET', `${one}/node`, describe(nodes), async (asked) => done(nodesOf((await group(asked)).group)));
  const made = {
    operationId: 'jobxMakeGroup',
    summary: 'Make a group',
    description: 'Makes a DeployGroup. A percent group is of the hosts in node, else of those of the project.',
    path: ['projectid'],
    body: parts.body,
  } as const;
  add('POST', all, describe(made), async ({ params, call }) => {
    await createGroup(projectIn(params, projects), call.caller, params, call.requestId);
    return done(true);
  });
  const edited = { operationId: 'jobxEditGroup', summary: 'Change a group', description: 'Gives a group anew.' };
  add('POST', one, describe({ ...edited, ...parts }), async ({ params, call }) => {
    await editGroup(projectIn(params, projects), call.caller, params, call.requestId);
    return done(true);
  });
  const deleted = { operationId: 'jobxDeleteGroup', summary: 'Delete a group', description: 'Tasks on it go on.' };
  add('DELETE', one, describe({ ...deleted, path: parts.path }), async ({ params, call }) => {
    await deleteGroup(projectIn(params, projects), call.caller, params, call.requestId);
    return done(true);
  });
}

function addTaskCalls(add: AddCall, { projects, now }: JobxApiOptions): void {
  const of = { path: ['projectid', 'uuid'] } as const;
  const listed = {
    operationId: 'jobxTasks',
    summary: 'List the tasks',
    description: 'All tasks of a project on groups, the eldest first, or those that the parameters choose.',
    path: ['projectid'],
    query: ['name', 'user', 'status', 'time_start', 'time_end', 'taskuuid'],
  } as const;
  add('GET', '/task/:projectid', describe(listed), async ({ params, call }) => {
    const project = projectIn(params, projects);
    return done(filtered(await project.runs(call.caller), params, project.id));
  });
  const counted = {
    operationId: 'jobxCount',
    summary: 'Count the tasks of this month',
    description: 'How many tasks of a project began this month (UTC), by their status.',
    path: ['projectid'],
  } as const;
  add('GET', '/task/:projectid/count', describe(counted), async ({ params, call }) =>
    done(countByStatus(await projectIn(params, projects).runs(call.caller), now())),
  );
  const got = { operationId: 'jobxTask', summary: 'Get a task', description: 'One task; null when there is none.' };
  add('GET', '/task/:projectid/:uuid', describe({ ...got, ...of }), async ({ params, call }) => {
    const uuid = required(params, 'uuid', formats.uuid);
    const found = await findRun(projectIn(params, projects), call.caller, uuid);
    return done(found === undefined ? null : taskDetail(found.object));
  });
  const started = {
    operationId: 'jobxRun',
    summary: 'Run a job on a group',
    description: 'Makes an AgentTask that runs an AgentJob batch by batch, and answers its uuid at once.',
    path: ['projectid'],
    body: ['jobname', 'group', 'variable', 'uuid'],
  } as const;
  add('POST', '/task/:projectid/job/byname', describe(started), async ({ params, call }) => {
    const uuid = await startRun(projectIn(params, projects), call, runIn(params), uuidIn(params));
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

function addAnalysisCalls(add: AddCall, { projects, now }: JobxApiOptions): void {
  const path = ['projectid'] as const;
  const url = '/task/:projectid/analysis';
  const runs = async ({ params, call }: Asked) => projectIn(params, projects).runs(call.caller);
  const last = {
    operationId: 'jobxLast',
    summary: 'List the last tasks',
    description: 'The last tasks of a project, the youngest first.',
    path,
    query: ['count'],
  } as const;
  add('GET', `${url}/last`, describe(last), async (asked) => {
    const count = Number(optional(asked.params, 'count', formats.number, 6) ?? 10);
    return done(lastOf(await runs(asked), count === 0 ? 10 : count));
  });
  const date = { operationId: 'jobxByDate', summary: 'Count tasks by day', description: 'Of the last 30 days (UTC).' };
  add('GET', `${url}/date`, describe({ ...date, path }), async (asked) => done(byDate(await runs(asked), now())));
  const hour = { operationId: 'jobxByHour', summary: 'Count tasks by hour', description: 'Of the last 30 days (UTC).' };
  add('GET', `${url}/hour`, describe({ ...hour, path }), async (asked) => done(byHour(await runs(asked), now())));
  const took = {
    operationId: 'jobxByRuntime',
    summary: 'Share tasks out by how long they took',
    description: 'Percentages of the tasks of the last 30 days, by minutes.',
    path,
  };
  add('GET', `${url}/runtime`, describe(took), async (asked) => done(byRuntime(await runs(asked), now())));
}

function addSubtaskCalls(add: AddCall, { projects }: JobxApiOptions): void {
  const listed = {
    operationId: 'jobxSubtasks',
    summary: 'List the batches of a task',
    description: 'The batches of a task in their order; none for a task that is not there.',
    path: ['projectid', 'taskuuid'],
  } as const;
  add('GET', '/subtask/:projectid/:taskuuid', describe(listed), async ({ params, call }) => {
    const uuid = required(params, 'taskuuid', formats.uuid);
    const found = await findRun(projectIn(params, projects), call.caller, uuid);
    return done(found === undefined ? [] : subtasksOf(found.object));
  });
  const confirmed = {
    operationId: 'jobxConfirm',
    summary: 'Confirm a batch that did not succeed',
    description: 'Lets the batch begin that waits behind it.',
    path: ['projectid', 'subtaskuuid'],
  } as const;
  add('PUT', '/subtask/:projectid/:subtaskuuid/confirm', describe(confirmed), async ({ params, call }) => {
    const uuid = required(params, 'subtaskuuid', formats.uuid);
    await confirmBatch(projectIn(params, projects), call, uuid);
    return done(1);
  });
}

function addLogCalls(add: AddCall, { projects, logs }: JobxApiOptions): void {
  const operations = {
    operationId: 'jobxLog',
    summary: 'List what was done',
    description: 'Who did what to the groups and tasks of a project that are there, the latest first.',
    path: ['projectid'],
  } as const;
  add('GET', '/log/:projectid', describe(operations), async ({ params, call }) =>
    done(await operationsOf(projectIn(params, projects), call.caller)),
  );
  const read = {
    operationId: 'jobxSlaveLog',
    summary: 'Read the log of a task or of a batch',
    description: 'A line of text for each step so far.',
    path: ['slave', 'uuid'],
  } as const;
  add('GET', '/slave/:slave/log/:uuid', describe(read), async ({ params, call, reply }) => {
    const text = await logText(projects.all, call.caller, required(params, 'uuid', formats.uuid), logs);
    reply.type('text/plain; charset=utf-8').serializer(String);
    return text;
  });
}
