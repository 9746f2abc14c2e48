import type { StageCall } from './errors.ts';
import { infoEntity, node, scope, setFields, stageEntity, stageInfo, summaries, tags } from './schemas.ts';

const secureKey = {
  type: 'string',
  description: 'the key of the caller; not needed with a Kubernetes token in the header Authorization',
} as const;

const setArgument = { type: 'object', required: ['Stage'], properties: setFields } as const;
const scopeArgument = { type: 'object', required: ['Scope'], properties: { Scope: scope, Node: node } } as const;

function body(argument: object, example: object): object {
  return {
    type: 'object',
    required: ['argument'],
    properties: { 'secure-key': secureKey, argument },
    examples: [{ 'secure-key': 'the key', argument: example }],
  };
}

function answer(description: string, entity: object): object {
  return {
    description,
    type: 'object',
    required: ['msg', 'entity', 'stage_info', 'statuses', 'return'],
    properties: {
      msg: { type: 'string' },
      entity: { type: 'array', items: entity },
      stage_info: { ...stageInfo, type: ['object', 'null'] },
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

/** Of the API as its document says. */
export const documentedSchemas = {
  set: {
    ...summaries.set,
    tags,
    body: body(setArgument, { Stage: 'support', Scope: 'node', Data: 'a new disk', Node: 'node-1' }),
    response: answers(stageEntity),
  },
  get: { ...summaries.get, tags, body: body(scopeArgument, { Scope: 'cluster' }), response: answers(stageEntity) },
  list: {
    ...summaries.list,
    tags,
    body: body(scopeArgument, { Scope: 'cluster' }),
    response: answers({ type: 'string' }),
  },
  info: {
    ...summaries.info,
    tags,
    body: {
      type: ['object', 'null'],
      properties: { 'secure-key': secureKey, argument: { type: ['object', 'null'] } },
      examples: [{ 'secure-key': 'the key', argument: {} }],
    },
    response: answers(infoEntity('100T')),
  },
} satisfies Record<StageCall, object>;
