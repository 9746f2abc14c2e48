import type { FastifySchema } from 'fastify';

import type { CallName } from './errors.ts';
import {
  answers,
  calls,
  code,
  correlationHeader,
  emptyAnswer,
  idAnswer,
  stored,
  timeoutDefault,
  timeoutDescription,
} from './schemas.ts';

const headers = {
  type: 'object',
  required: ['X-CORRELATION-ID', 'X-SOURCE'],
  properties: {
    'X-CORRELATION-ID': correlationHeader,
    'X-SOURCE': {
      type: 'string',
      minLength: 1,
      description: 'the calling system; X-RESOURCE is taken for it too',
      examples: ['orion'],
    },
  },
} as const;

const runBody = {
  type: 'object',
  required: ['name', 'nodes', 'tasks'],
  properties: {
    name: {
      type: 'string',
      description: 'the name of the task, one line of at most 255 characters, never used before',
    },
    nodes: {
      type: 'array',
      items: { type: 'string' },
      minItems: 1,
      maxItems: 1000,
      description: 'host names or IP addresses',
    },
    tasks: {
      type: 'array',
      items: { type: ['object', 'string'] },
      minItems: 1,
      description: 'Ansible task objects or, if tasktype says so, names of roles',
    },
    tasktype: {
      type: 'string',
      description: 'ansible_task, which is the default; anything else, such as ansible_role: tasks is a list of roles',
    },
    params: { type: 'object', description: 'variables' },
    user: { type: 'string', description: 'the user to log in as; root if not sent' },
    fork_num: {
      type: ['integer', 'boolean'],
      description: 'on how many nodes to work at the same time, 1 to 500; 5 if not sent',
    },
    timeoutSeconds: {
      type: ['integer', 'boolean'],
      description: `${timeoutDescription}, 1 to 604800 (a week); ${timeoutDefault}. The original did not know it`,
    },
  },
  examples: [
    {
      nodes: ['192.201.11.31'],
      user: 'root',
      name: '192.201.11.31_install_nginx_1501169594802406967',
      tasks: [{ action: { module: 'shell', args: 'echo {{ what }}' } }],
      params: { what: 'nginx' },
      fork_num: 5,
    },
  ],
} as const;

const queryBody = {
  type: 'object',
  properties: {
    id: {
      type: ['integer', 'boolean'],
      description: 'the id that /api/run answered; where id and name are both sent, id counts',
    },
    name: { type: 'string', description: 'the name that was sent to /api/run' },
  },
  examples: [{ id: 1 }],
} as const;

const logBody = {
  type: 'object',
  properties: {
    source: { type: 'string', description: 'what was in X-SOURCE when the task was made' },
    host: { type: 'string', description: 'the node, as it was written in nodes; all nodes if not sent' },
  },
  examples: [{ host: '127.0.0.1', source: 'hubble' }],
} as const;

const status = '0 INIT, 2 SUCCESS, 3 FAILED, 4 STOPPED, 5 PARTLY_SUCCESS; 1 RUNNING is never shown';

const reportAnswer = {
  type: 'object',
  required: ['code', 'content'],
  properties: {
    code,
    content: {
      type: 'object',
      required: ['task', 'nodes'],
      properties: {
        task: {
          type: 'object',
          required: ['id', 'status', 'err'],
          properties: {
            id: { type: 'integer' },
            status: { type: 'integer', minimum: 0, maximum: 5, description: status },
            err: { type: ['string', 'null'], description: 'JSON text with msg' },
          },
        },
        nodes: {
          type: 'array',
          items: {
            type: 'object',
            required: ['ip', 'status', 'log'],
            properties: {
              ip: { type: 'string' },
              status: { type: 'integer', minimum: 0, maximum: 3, description: '0 INIT, 2 SUCCESS, 3 FAILED' },
              log: {
                type: ['string', 'null'],
                description: 'null before anything was done on the node, then the text []',
              },
            },
          },
        },
      },
    },
  },
  examples: [
    {
      code: 0,
      content: { task: { id: 7, status: 2, err: null }, nodes: [{ ip: '123.207.136.186', status: 2, log: '[]' }] },
    },
  ],
} as const;

const logAnswer = {
  type: 'object',
  required: ['code', 'content'],
  properties: {
    code,
    content: { type: 'object', required: ['log'], properties: { log: { type: 'array', items: { type: 'string' } } } },
  },
  examples: [
    {
      code: 0,
      content: {
        log: [
          'global_id = 16-16, source = hubble, create_time = 2017-07-27T16:37:04Z, ' +
            'end_time = 2017-07-27T16:37:05Z, host = 127.0.0.1, reuslt = ok',
        ],
      },
    },
  ],
} as const;

const making = {
  400: ['task name is duplicate', 'json encode error', 'X-SOURCE is empyt', 'param error, error: key nodes not found'],
  500: ["'list' object has no attribute 'has_key'"],
};
const stopping = {
  400: ['json encode error', 'key task_id/task_name not found', 'node not found...'],
  404: ['task not found'],
};
const checking = {
  400: ['json encode error'],
  404: ['no task found for specified id:7', 'no task found for specified name:task1'],
  500: ['key task_id/task_name not found', 'HTTP_X_SOURCE'],
};
const logging = { 400: ['json encode error'], 500: ['source  not found'] };

export const originalSchemas = {
  run: { ...calls.run, headers: stored(headers), body: runBody, response: answers(idAnswer, making) },
  parallel_run: { ...calls.parallel_run, headers: stored(headers), body: runBody, response: answers(idAnswer, making) },
  stop: { ...calls.stop, headers, body: queryBody, response: answers(emptyAnswer, stopping) },
  check: { ...calls.check, headers, body: queryBody, response: answers(reportAnswer, checking) },
  getlog: { ...calls.getlog, headers, body: logBody, response: answers(logAnswer, logging) },
} satisfies Record<CallName, FastifySchema>;

/** GET /, by which the original introduces itself. */
export const introductionSchema = {
  ...calls.introduction,
  response: answers(
    {
      type: 'object',
      required: ['name', 'version', 'info'],
      properties: { name: { type: 'string' }, version: { type: 'string' }, info: { type: 'string' } },
    },
    { 400: [] },
  ),
} satisfies FastifySchema;
