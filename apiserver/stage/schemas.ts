import { stages } from '../../crds/stages.ts';
import type { StageCall } from './errors.ts';

/*
 * They describe the API (see ../openapi). What is wrong with a body is said in the API's own words by body.ts; further
 * fields are let through and not read.
 */

const secureKey = {
  type: 'string',
  description: 'the key of the caller; not needed with a Kubernetes token in the header Authorization',
} as const;
const scope = { type: 'string', enum: ['cluster', 'node'], description: 'the whole cluster, or one node' } as const;
const node = {
  type: ['string', 'null'],
  description:
    'name or address of the node, beyond the document; if not sent the node by whose name or address the facade is ' +
    'called, else the node that the facade is on',
} as const;

const setArgument = {
  type: 'object',
  required: ['Stage'],
  properties: {
    Stage: { type: 'string', enum: stages, description: 'the stage that is wanted' },
    Scope: { ...scope, description: `${scope.description}; node if not sent` },
    Data: { type: ['string', 'null'], maxLength: 4096, description: 'any text, kept and given back' },
    Node: node,
  },
} as const;
const scopeArgument = { type: 'object', required: ['Scope'], properties: { Scope: scope, Node: node } } as const;

function body(argument: object, example: object): object {
  return {
    type: 'object',
    required: ['argument'],
    properties: { 'secure-key': secureKey, argument },
    examples: [{ 'secure-key': 'the key', argument: example }],
  };
}

const proc = {
  type: ['object', 'null'],
  description: 'how far it is; null while nothing is under way',
  properties: {
    total_rate: { type: 'integer', minimum: 0, maximum: 100 },
    nodes: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          proc_rate: { type: 'integer', minimum: 0, maximum: 100 },
          curr_proc: { type: 'string', description: 'the step that the node is at' },
          completed: { type: 'array', items: { type: 'string' }, description: 'the steps that are done' },
        },
      },
    },
  },
} as const;

const stageInfo = {
  type: ['object', 'null'],
  description:
    'the stage that stands for all: that of the cluster, or (data: "node") that of a node while the cluster runs',
  properties: { stage: { type: 'string' }, data: { type: 'string' }, proc },
} as const;

const entities = {
  stage: { type: 'object', properties: { stage: { type: 'string' }, data: { type: 'string' } } },
  name: { type: 'string' },
  info: {
    type: 'object',
    properties: {
      Name: { type: 'string' },
      Stage: { type: 'string' },
      Status_Msg: { type: 'string', description: 'the stage in capitals' },
      Total_Capacity: { type: 'string', description: 'storage of the nodes, such as 100T' },
      Usage_Capacity: { type: 'string', description: 'how much of it pods have asked for' },
      Management: { type: 'array', items: { type: 'string' }, description: 'the stages that can be chosen next' },
    },
  },
} as const;

function answer(description: string, entity: object): object {
  return {
    description,
    type: 'object',
    required: ['msg', 'entity', 'stage_info', 'statuses', 'return'],
    properties: {
      msg: { type: 'string' },
      entity: { type: 'array', items: entity },
      stage_info: stageInfo,
      statuses: { type: 'string', description: 'a JSON list as text: what was done, and how that went' },
      return: { type: 'string', enum: ['true', 'false'] },
    },
  };
}

function answers(entity: object): Readonly<Record<string, object>> {
  return {
    200: answer('Done.', entity),
    400: answer('The call cannot be understood, or not be done.', entity),
    401: answer('No secure-key, or one that is not valid.', entity),
    403: answer('The Kubernetes user behind the secure-key may not do this.', entity),
    413: answer('The body is too large.', entity),
    429: answer('Too many calls. The header Retry-After says, in seconds, when to call again.', entity),
    500: answer('The operator has to put something right.', entity),
    503: answer('Not possible at the moment. The header Retry-After says, in seconds, when to call again.', entity),
  };
}

const tags = ['stage'];

export const stageSchemas = {
  set: {
    operationId: 'setStage',
    tags,
    summary: 'Ask for a stage',
    description:
      'Asks that a node or the whole cluster comes into a stage, which takes a while: stage_info says how far it is. ' +
      'Repeating the call while it is under way changes nothing.',
    body: body(setArgument, { Stage: 'support', Scope: 'node', Data: 'a new disk', Node: 'node-1' }),
    response: answers(entities.stage),
  },
  get: {
    operationId: 'getStage',
    tags,
    summary: 'In which stage it is',
    description: 'The stage of a node or of the whole cluster, with what was sent as Data when it was asked for.',
    body: body(scopeArgument, { Scope: 'cluster' }),
    response: answers(entities.stage),
  },
  list: {
    operationId: 'listStages',
    tags,
    summary: 'The stages that can be asked for',
    description: 'All stages of a scope.',
    body: body(scopeArgument, { Scope: 'cluster' }),
    response: answers(entities.name),
  },
  info: {
    operationId: 'stageInfo',
    tags,
    summary: 'The cluster at a glance',
    description: 'Name, stage and storage of the cluster, and the stages that can be chosen next.',
    body: {
      type: ['object', 'null'],
      properties: { 'secure-key': secureKey, argument: { type: ['object', 'null'] } },
      examples: [{ 'secure-key': 'the key', argument: {} }],
    },
    response: answers(entities.info),
  },
} satisfies Record<StageCall, object>;
