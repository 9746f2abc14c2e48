/*
 * What answers hold in `data` and beside it when something was done, by the operationId of the call. It describes the
 * API.
 */

const text = { type: 'string' } as const;
const whole = { type: 'integer' } as const;
const time = {
  type: ['string', 'null'],
  description: 'as 2026-01-31 12:00:00, UTC; null for what has not come',
} as const;
const seconds = { type: ['string', 'null'], description: 'seconds with three decimals; null before the end' } as const;
const epoch = { type: ['string', 'null'], description: 'seconds since 1970 with a fraction' } as const;
const yes = { type: 'boolean', enum: [true] } as const;

const groupFields = {
  id: whole,
  name: text,
  note: text,
  group_type: { type: 'string', enum: ['list', 'percent'] },
  group_uuid: text,
  edit_time: time,
} as const;

const taskFields = {
  id: whole,
  uuid: { ...text, description: 'twelve letters and digits; a capital at the end: it takes another task back' },
  name: { ...text, description: 'the job' },
  user: text,
  slave: text,
  status: { type: 'string', enum: ['init', 'running', 'success', 'fail'] },
  starttime: time,
  finishtime: time,
  calltype: text,
  runtime: seconds,
  reason: { ...text, description: 'why it did not succeed, at most 100 characters' },
  variable: { ...text, description: 'YAML; empty for none, and for a task that is gone' },
} as const;

const subtaskFields = {
  id: whole,
  parent_uuid: text,
  uuid: text,
  nodelist: { ...text, description: 'hosts with commas between them' },
  nodecount: whole,
  starttime: time,
  finishtime: time,
  runtime: seconds,
  status: { type: 'string', enum: ['init', 'running', 'success', 'fail', 'cancel'] },
  confirm: { ...text, description: 'WaitConfirm, or who has confirmed; empty where nobody is asked' },
} as const;

const operationFields = { id: whole, user: text, info: text, create_time: time } as const;

/** All fields are always there but those named. */
function objectOf(properties: Readonly<Record<string, object>>, optional: readonly string[] = []): object {
  return { type: 'object', required: Object.keys(properties).filter((name) => !optional.includes(name)), properties };
}

function listOf(items: object): object {
  return { type: 'array', items };
}

/** A line with values by their place. */
function lineOf(description: string, ...types: readonly string[]): object {
  const items = { type: [...new Set(types)] };
  return { type: 'array', description, items, minItems: types.length, maxItems: types.length };
}

const nothing = {} as const;
const started = { uuid: text, data: whole } as const;
const shares = {
  type: ['string', 'number'],
  description: 'a percentage with two decimals; the number 0 without tasks',
};

/** What stands beside `stat` and `info`. */
export const answerFields: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  jobxGroups: { data: listOf(objectOf(groupFields)) },
  jobxGroup: {
    data: objectOf({ ...groupFields, projectid: whole, node: text, percent: text }, ['node', 'percent']),
  },
  jobxGroupNodes: { data: listOf(listOf(text)) },
  jobxMakeGroup: { data: yes },
  jobxEditGroup: { data: yes },
  jobxDeleteGroup: { data: yes },
  jobxTasks: {
    data: listOf(objectOf({ ...taskFields, projectid: whole })),
    before: { ...text, description: 'for the tasks before these, where there are some' },
  },
  jobxCount: {
    data: {
      ...objectOf({ success: whole, running: whole, fail: whole }),
      additionalProperties: whole,
    },
  },
  jobxTask: {
    data: {
      ...objectOf({ ...taskFields, pid: { type: 'null' }, starttimems: epoch, finishtimems: epoch }),
      type: ['object', 'null'],
    },
  },
  jobxRun: started,
  jobxDecide: nothing,
  jobxStop: nothing,
  jobxStopByPut: nothing,
  jobxLast: { data: listOf(objectOf({ user: text, runtime: seconds, status: taskFields.status, name: text })) },
  jobxByDate: { data: listOf(lineOf('day, tasks, those that did well', 'string', 'integer', 'integer')) },
  jobxByHour: { data: listOf(lineOf('hour of the day, tasks', 'string', 'integer')) },
  jobxByRuntime: {
    data: objectOf(
      Object.fromEntries(['0-1', '1-3', '3-5', '5-10', '10-30', '30+'].map((minutes) => [minutes, shares])),
    ),
  },
  jobxSubtasks: { data: listOf(objectOf(subtaskFields)) },
  jobxConfirm: {
    data: { type: ['integer', 'string'], description: 'in original mode 0E0 where there is no such batch' },
  },
  jobxLog: { data: listOf(objectOf(operationFields)) },
  jobxGroupNames: { data: listOf(text) },
  jobxDryRun: { uuid: text, msg: text },
  jobxInvoke: started,
  jobxQuery: {
    type: { type: 'string', enum: ['deploy', 'deployonly', 'rollback'] },
    status: { type: 'string', enum: ['running', 'complete', 'fail'] },
    msg: { ...text, description: 'Wait for manual treatment, where a batch waits for a confirmation' },
    link: text,
    progress: lineOf('batches that have begun, all batches', 'integer', 'integer'),
    ctrl: lineOf('where a person decides, once all is over; where the task is shown', 'string', 'null'),
  },
  jobxThirdStop: { uuid: text, msg: text },
};
