/*
 * What the schemas of both modes have in common. They describe the API (see ../openapi), and the documented mode checks
 * bodies by them. Their descriptions say what a field takes, since they are also what a caller is told whose field is
 * wrong. Further fields are let through and not read: clients send some.
 */

import type { CallName } from './errors.ts';

export const code = { type: 'integer', description: '0: done; -1: not done, message says why' } as const;

export const idAnswer = {
  type: 'object',
  required: ['code', 'content'],
  properties: {
    code,
    content: {
      type: 'object',
      required: ['id'],
      properties: { id: { type: 'integer', minimum: 1, description: 'the number of the task' } },
    },
  },
  examples: [{ code: 0, content: { id: 2 } }],
} as const;

export const emptyAnswer = {
  type: 'object',
  required: ['code', 'content'],
  properties: { code, content: { type: 'object', additionalProperties: false, properties: {} } },
  examples: [{ code: 0, content: {} }],
} as const;

/** What both modes say of the field that is beyond the document. */
export const timeoutDescription = 'after how many seconds a run ends as failed';
export const timeoutDefault = 'what the operator has set if not sent, else 3600';

/** @param examples messages, as far as they are always the same */
function failure(description: string, ...examples: readonly string[]): object {
  return {
    description,
    type: 'object',
    required: ['code', 'message'],
    properties: { code, message: { type: 'string', description: 'what went wrong, and what to do' } },
    ...(examples.length === 0 ? {} : { examples: examples.map((message) => ({ code: -1, message })) }),
  };
}

/** The messages of a mode and call by HTTP status: what it says in its own words of a call that cannot be done. */
export interface OwnFailures {
  readonly 400: readonly string[];
  readonly 404?: readonly string[];
  readonly 500?: readonly string[];
}

/** The answers of a call by HTTP status. */
export function answers(success: object, own: OwnFailures): Readonly<Record<string, object>> {
  return {
    200: { description: 'Done.', ...success },
    400: failure('The call cannot be understood, or not be done.', ...own[400]),
    401: failure('No token, or one that is not valid.'),
    403: failure('The Kubernetes user behind the token may not do this.'),
    ...(own[404] === undefined ? {} : { 404: failure('There is no such task.', ...own[404]) }),
    413: failure('The body, or a part of it, is too large.'),
    429: failure('Too many calls. The header Retry-After says, in seconds, when to call again.'),
    500: failure('The operator has to put something right.', ...(own[500] ?? [])),
    503: failure('Not possible at the moment. The header Retry-After says, in seconds, when to call again.'),
  };
}

export const correlationHeader = {
  type: 'string',
  minLength: 1,
  description: "an id of the caller's own, by which the task and its log are found again",
  examples: ['1-1'],
} as const;

/**
 * @returns headers that are kept with a task, which has room for so many characters. A call that only reads takes
 * longer ones too.
 */
export function stored(headers: { readonly properties: Readonly<Record<string, object>> }): object {
  return {
    ...headers,
    properties: Object.fromEntries(
      Object.entries(headers.properties).map(([name, schema]) => [name, { ...schema, maxLength: 256 }]),
    ),
  };
}

/** Where the id of an answer is used next, for the description of a call. */
export function linksOf(name: CallName): Readonly<Record<string, Readonly<Record<string, object>>>> {
  if (name !== 'run' && name !== 'parallel_run') return {};
  const requestBody = { id: '$response.body#/content/id' };
  return {
    200: {
      check: { operationId: calls.check.operationId, requestBody },
      stop: { operationId: calls.stop.operationId, requestBody },
    },
  };
}

/** What does not differ between modes in the description of the calls. */
export const calls = {
  run: {
    operationId: 'run',
    tags: ['dispatch'],
    summary: 'Run a task',
    description:
      'Makes one AgentTask that runs Ansible content on all nodes, and answers its id at once. ' +
      'Names are unique for ever, so that repeating a call is safe: it makes the task, or says that it was made.',
  },
  parallel_run: {
    operationId: 'parallelRun',
    tags: ['dispatch'],
    summary: 'Run a task on each node by itself',
    description:
      'As /api/run, but every node has an AgentTask of its own under a parent, all at once, ' +
      'so that no node waits for another. The id is that of the parent, which reports on all nodes and stops them all.',
  },
  stop: {
    operationId: 'stop',
    tags: ['dispatch'],
    summary: 'Stop a task',
    description:
      'Asks for the end of a task, which may take a moment. ' +
      'Nodes that were not reached yet stay untouched. Repeating it changes nothing.',
  },
  check: {
    operationId: 'check',
    tags: ['dispatch'],
    summary: 'Report on a task',
    description: 'Says where a task stands, whether it still is an object of the cluster or only in the history.',
  },
  getlog: {
    operationId: 'getLog',
    tags: ['dispatch'],
    summary: 'Read the log of tasks',
    description:
      'One line for each Ansible task and node, of the tasks with this correlation id and source: ' +
      'the latest 20000 lines of the latest 2000 tasks. Also while they run, some seconds late.',
  },
  introduction: {
    operationId: 'introduction',
    tags: ['dispatch'],
    summary: 'What this is',
    description: 'Name and version of the program that answers.',
  },
} as const;
