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
  required: ['X-CORRELATION-ID', 'X-RESOURCE'],
  properties: {
    'X-CORRELATION-ID': correlationHeader,
    'X-RESOURCE': {
      type: 'string',
      minLength: 1,
      description: 'the calling system; X-SOURCE is taken for it too',
      examples: ['orion'],
    },
  },
} as const;

const tasks = {
  type: ['string', 'array', 'null'],
  items: { type: ['object', 'string'] },
  description:
    'the Ansible tasks, as YAML text or as a list of task objects, ' +
    'or a list of role names, at most 512 KiB; exactly one of tasks and content is required',
} as const;

const runBody = {
  type: 'object',
  description: 'the body is a JSON object with name, nodes and one of tasks and content',
  required: ['name', 'nodes'],
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
      description: 'a list of 1 to 1000 host names or IP addresses, each once',
    },
    user: { type: ['string', 'null'], description: 'the user to log in as, root if not sent' },
    tasks,
    content: { ...tasks, description: `${tasks.description}; another name for tasks` },
    tasktype: {
      type: ['string', 'null'],
      enum: ['ansible_task', 'ansible_role', '', null],
      description: 'ansible_task, or ansible_role when tasks is a list of role names; ansible_task if not sent',
    },
    params: {
      type: ['string', 'object', 'array', 'null'],
      maxItems: 0,
      description: 'variables for the tasks, as an object or as its JSON text',
    },
    fork_num: {
      type: ['integer', 'string', 'null'],
      description: 'on how many nodes to work at the same time, a whole number from 1 to 500, 5 if not sent',
    },
    timeoutSeconds: {
      type: ['integer', 'string', 'null'],
      description: `${timeoutDescription}, a whole number from 1 to 604800 (a week); ${timeoutDefault}`,
    },
  },
  examples: [
    {
      nodes: ['192.201.11.31'],
      user: 'root',
      name: '192.201.11.31_install_nginx_1501169594802406967',
      content: '- package: {name: "{{ what }}"}',
      params: '{"what": "nginx"}',
      fork_num: 5,
    },
  ],
} as const;

const queryBody = {
  type: 'object',
  description: 'the body is a JSON object with id or name',
  properties: {
    id: {
      type: ['integer', 'string', 'null'],
      description: 'the id that /api/run answered, a whole number; where id and name are both sent, id counts',
    },
    name: { type: ['string', 'null'], description: 'the name that was sent to /api/run' },
  },
  examples: [{ id: 1, name: 'task1' }],
} as const;

const logBody = {
  type: 'object',
  description: 'the body is a JSON object with source and, for one node only, host',
  required: ['source'],
  properties: {
    source: { type: ['string'], description: 'what was in X-RESOURCE when the task was made' },
    host: { type: ['string', 'null'], description: 'the node, as it was written in nodes; all nodes if not sent' },
  },
  examples: [{ host: '127.0.0.1', source: 'hubble' }],
} as const;

const report = {
  create_time: 'Wed, 17 Aug 2016 18:38:17 GMT',
  err: null,
  id: 7,
  log:
    '[{"host":"123.207.136.186","result":"changed","message":"",' +
    '"ok":1,"changed":1,"failed":0,"skipped":0,"unreachable":0}]',
  nodes: '["123.207.136.186"]',
  status: 2,
  update_time: 'Wed, 17 Aug 2016 18:38:22 GMT',
} as const;

const reportAnswer = {
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
        status: {
          type: 'integer',
          minimum: 0,
          maximum: 5,
          description: '0 INIT, 1 RUNNING, 2 SUCCESS, 3 FAILED, 4 STOPPED, 5 PARTLY_SUCCESS',
        },
        update_time: { type: 'string', description: 'HTTP date, GMT' },
      },
    },
  },
  examples: [{ code: 0, content: report }],
} as const;

const logAnswer = {
  type: 'array',
  items: {
    type: 'string',
    description:
      'reuslt is ok, skipped, failed, unreachable, async_failed, ' +
      'or nothing while the step goes on, as end_time then is too. ' +
      '", ignored = true" follows where the content ignores that a step failed or a node was unreachable',
  },
  examples: [
    [
      'global_id = 16-16, source = hubble, create_time = 2017-07-27T16:37:04Z, ' +
        'end_time = 2017-07-27T16:37:05Z, host = 127.0.0.1, reuslt = ok',
    ],
  ],
} as const;

const wrong = 'param error, error: nodes: is required; a list of 1 to 1000 host names or IP addresses, each once';
const making = { 400: ['task name is duplicate', 'json encode error', wrong] };
const finding = { 400: ['json encode error'], 404: ['task not found...'] };

export const documentedSchemas = {
  run: { ...calls.run, headers: stored(headers), body: runBody, response: answers(idAnswer, making) },
  parallel_run: { ...calls.parallel_run, headers: stored(headers), body: runBody, response: answers(idAnswer, making) },
  stop: { ...calls.stop, headers, body: queryBody, response: answers(emptyAnswer, finding) },
  check: { ...calls.check, headers, body: queryBody, response: answers(reportAnswer, finding) },
  getlog: { ...calls.getlog, headers, body: logBody, response: answers(logAnswer, finding) },
} satisfies Record<CallName, FastifySchema>;
