import type { FastifySchema } from 'fastify';

import { answerFields } from './answers.ts';

/*
 * Schemas describe the API (see ../openapi). Requests are not checked by them: parameters may come from path, query or
 * body, and what is wrong with them is told in the API's own words.
 */

const path = {
  projectid: { type: 'string', description: 'the number of a project' },
  id: { type: 'string', description: 'the number of a group' },
  uuid: { type: 'string', description: 'the uuid of a task; of a log, also that of a batch' },
  taskuuid: { type: 'string', description: 'the uuid of a task' },
  subtaskuuid: { type: 'string', description: 'the uuid of a batch' },
  control: { type: 'string', description: 'rollback or norollback' },
  slave: { type: 'string', description: 'the machine that a task runs from; any' },
} as const;

const fields = {
  name: { type: 'string', description: 'the name of a group, at most 100 characters; of tasks, a part of it' },
  note: { type: 'string', description: 'what a group is for' },
  group_type: { type: 'string', description: 'list or percent' },
  node: { type: 'string', description: 'hosts, parted by commas, batches by semicolons: node1,node2;node3' },
  percent: { type: 'string', description: 'the size of each batch, as hosts or a percentage: 1:2:%10:5%' },
  user: { type: 'string', description: 'who asked for a task' },
  status: { type: 'string', description: 'init, running, success or fail' },
  time_start: { type: 'string', description: 'tasks that began on this day or later: 2026-01-31' },
  time_end: { type: 'string', description: 'tasks that began on this day or earlier' },
  taskuuid: { type: 'string', description: 'the uuid of a task' },
  jobname: { type: 'string', description: 'the name of an AgentJob in the namespace of the project' },
  group: { type: 'string', description: 'the name of a group' },
  variable: { type: 'object', additionalProperties: true, description: 'variables for the job, by name' },
  uuid: { type: 'string', description: 'twelve letters and digits, of which the last is a small letter' },
  action: { type: 'string', description: 'proceed, if not sent; retry or skip' },
  hosts: { type: 'string', description: 'for retry and skip, hosts of the batch, with commas between them' },
  comment: { type: 'string', description: 'why, for those who look at the task later' },
  limit: { type: 'string', description: 'how many at most, 1000 if not sent' },
  before: {
    type: 'string',
    description: 'for those before: what the last answer says as before, or, of the log, its last id',
  },
  count: { type: 'string', description: 'how many, 10 if not sent' },
  project_id: { type: ['string', 'integer'], description: 'the number of a project' },
  retry_count: { type: ['string', 'integer'], description: 'the try that is meant, 0 if not sent' },
  params: { type: 'object', additionalProperties: true, description: 'jobname, group and variable' },
} as const;

type PathName = keyof typeof path;
type FieldName = keyof typeof fields;

const info = { type: 'string', description: 'why it was not done' } as const;
const code = { type: 'integer', description: '10000 for a caller who is not let in' } as const;
const stat = { type: ['boolean', 'null'], description: 'whether it was done' } as const;

/** What differs between calls. */
interface CallWords {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly path?: readonly PathName[];
  readonly query?: readonly FieldName[];
  readonly body?: readonly FieldName[];
}

/** @returns the description of a call. @param texts the forms of an answer that is no JSON */
export function describe(
  { path: names = [], query = [], body = [], ...words }: CallWords,
  ...texts: readonly string[]
): FastifySchema {
  return {
    ...words,
    tags: ['jobx'],
    ...(names.length === 0 ? {} : { params: objectOf(names, path) }),
    ...(query.length === 0 ? {} : { querystring: { ...objectOf(query, fields), required: [] } }),
    ...(body.length === 0 ? {} : { body: { ...objectOf(body, fields), required: [] } }),
    response: {
      200: texts.length === 0 ? answered(answerFields[words.operationId] ?? {}) : inTexts(texts),
      429: failure('Too many calls. The header Retry-After says, in seconds, when to call again.'),
      500: failure('The operator has to put something right.'),
      503: failure('Not possible at the moment. The header Retry-After says, in seconds, when to call again.'),
    },
  };
}

/** @param beside what is there when it was done */
function answered(beside: Readonly<Record<string, object>>): Readonly<Record<string, unknown>> {
  return {
    description: 'Done, or not: stat says it.',
    type: 'object',
    required: ['stat'],
    properties: { stat, info, code, ...beside },
  };
}

/** Where the answer is a text, that it was not done is still told by `stat`. */
function inTexts(types: readonly string[]): object {
  const { description, ...schema } = answered({});
  const texts = Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } }]));
  return { description, content: { ...texts, 'application/json': { schema } } };
}

function objectOf<N extends string>(names: readonly N[], of: Readonly<Record<N, object>>): object {
  return {
    type: 'object',
    required: names,
    properties: Object.fromEntries(names.map((name) => [name, of[name]])),
  };
}

function failure(description: string): object {
  return { description, type: 'object', required: ['stat', 'info'], properties: { stat, info } };
}
