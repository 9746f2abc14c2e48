import { stages } from '../../crds/stages.ts';

/*
 * What both modes describe in the same way (see ../openapi). What is wrong with a body is said in the API's own words
 * by body.ts; further fields are let through and not read.
 */

export const scope = {
  type: 'string',
  enum: ['cluster', 'node'],
  description: 'the whole cluster, or one node',
} as const;

export const node = {
  type: ['string', 'null'],
  description:
    'name or address of the node, beyond the document; if not sent the node that Data names as its node, else the ' +
    'one by whose name or address the facade is called, else the one that the facade is on',
} as const;

const sentData = {
  type: ['string', 'object', 'null'],
  maxLength: 4096,
  description: 'a text or an object of at most 4096 characters, or null; kept and given back as it came',
} as const;

export const setFields = {
  Stage: { type: 'string', enum: stages, description: 'the stage that is wanted' },
  Scope: { ...scope, description: `${scope.description}; node if not sent` },
  Data: sentData,
  Node: node,
} as const;

const givenData = {
  type: ['string', 'object', 'null'],
  description: 'as it was sent; an empty text for nothing',
} as const;

export const stageEntity = {
  type: 'object',
  properties: { stage: { type: 'string' }, data: givenData },
} as const;

/** @param capacities how amounts of storage are written */
export function infoEntity(capacities: string): object {
  return {
    type: 'object',
    properties: {
      Name: { type: 'string' },
      Stage: { type: 'string' },
      Status_Msg: { type: 'string', description: 'the stage in capitals' },
      Total_Capacity: { type: 'string', description: `storage of the cluster, such as ${capacities}` },
      Usage_Capacity: { type: 'string', description: 'how much of it is used' },
      Management: { type: 'array', items: { type: 'string' }, description: 'the stages that can be chosen next' },
    },
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

export const stageInfo = {
  type: 'object',
  description:
    'the stage that stands for all: that of the cluster, or (data: "node") that of a node while the cluster runs',
  properties: {
    stage: { type: 'string' },
    data: { type: ['string', 'object'], description: 'never null' },
    proc,
  },
} as const;

export const summaries = {
  set: {
    operationId: 'setStage',
    summary: 'Ask for a stage',
    description:
      'Asks that a node or the whole cluster comes into a stage, which takes a while: stage_info says how far it is. ' +
      'Repeating the call while it is under way changes nothing.',
  },
  get: {
    operationId: 'getStage',
    summary: 'In which stage it is',
    description: 'The stage of a node or of the whole cluster, with what was sent as Data when it was asked for.',
  },
  list: {
    operationId: 'listStages',
    summary: 'The stages that can be asked for',
    description: 'All stages of a scope.',
  },
  info: {
    operationId: 'stageInfo',
    summary: 'The cluster at a glance',
    description: 'Name, stage and storage of the cluster, and the stages that can be chosen next.',
  },
} as const;

export const tags = ['stage'];
