/** The largest body that is read, in bytes. */
export const bodyLimit = 4 * 1024 * 1024;

/** What the schema below lets through of a POST /api/run. null counts as not sent. */
export interface RunBody {
  readonly name: string;
  readonly nodes: readonly string[];
  readonly user?: string | null;
  readonly tasks?: string | readonly object[] | null;
  readonly content?: string | readonly object[] | null;
  readonly tasktype?: string | null;
  readonly params?: string | Readonly<Record<string, unknown>> | null;
  readonly fork_num?: number | string | null;
}

/** What the schema below lets through of a POST /api/check. */
export interface CheckBody {
  readonly id?: number | string | null;
  readonly name?: string | null;
}

/*
 * The descriptions say what a field takes, since they are also what a caller is told whose field is wrong. Further fields are let through and
 * not read: the document's clients send some.
 */

const tasks = {
  type: ['string', 'array', 'null'],
  items: { type: 'object' },
  description: 'the Ansible tasks, as YAML text or as a list of task objects, at most 512 KiB; exactly one of tasks and content is required',
};

export const runBody = {
  type: 'object',
  description: 'the body is a JSON object with name, nodes and one of tasks and content',
  required: ['name', 'nodes'],
  properties: {
    name: { type: 'string', description: 'the name of the task, one line of at most 255 characters, never used before' },
    nodes: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 1000, description: 'a list of 1 to 1000 host names or IP addresses, each once' },
    user: { type: ['string', 'null'], description: 'the user to log in as, root if not sent' },
    tasks,
    content: tasks,
    tasktype: { type: ['string', 'null'], enum: ['ansible_task', '', null], description: 'ansible_task, or not sent: lists of roles are not taken, use include_role in the tasks' },
    params: { type: ['string', 'object', 'null'], description: 'variables for the tasks, as an object or as its JSON text' },
    fork_num: { type: ['integer', 'string', 'null'], description: 'on how many nodes to work at the same time, a whole number from 1 to 500, 5 if not sent' },
  },
} as const;

export const checkBody = {
  type: 'object',
  description: 'the body is a JSON object with id or name',
  properties: {
    id: { type: ['integer', 'string', 'null'], description: 'the id that /api/run answered, a whole number; where id and name are both sent, id counts' },
    name: { type: ['string', 'null'], description: 'the name that was sent to /api/run' },
  },
} as const;

const code = { type: 'integer', description: '0: done; -1: not done, message says why' } as const;

const failure = {
  type: 'object',
  required: ['code', 'message'],
  properties: { code, message: { type: 'string' } },
} as const;

const failures = { '4xx': failure, '5xx': failure };

export const runAnswers = {
  200: {
    type: 'object',
    required: ['code', 'content'],
    properties: { code, content: { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } } },
  },
  ...failures,
} as const;

export const checkAnswers = {
  200: {
    type: 'object',
    required: ['code', 'content'],
    properties: {
      code,
      content: {
        type: 'object',
        required: ['create_time', 'err', 'id', 'log', 'nodes', 'status', 'update_time'],
        properties: {
          create_time: { type: 'string', description: 'HTTP date, GMT' },
          err: { type: ['string', 'null'], description: 'what went wrong' },
          id: { type: 'integer' },
          log: { type: 'string', description: 'JSON text: a list with one object for each node that has a result' },
          nodes: { type: 'string', description: 'JSON text: the list of nodes as sent' },
          status: { type: 'integer', minimum: 0, maximum: 5, description: '0 INIT, 1 RUNNING, 2 SUCCESS, 3 FAILED, 4 STOPPED, 5 PARTLY_SUCCESS' },
          update_time: { type: 'string', description: 'HTTP date, GMT' },
        },
      },
    },
  },
  ...failures,
} as const;
