import type { StageCall } from './errors.ts';
import { infoEntity, node, setFields, stageEntity, stageInfo, summaries, tags } from './schemas.ts';

const scope = { type: 'string', description: 'cluster, node, or the name of a node', examples: ['cluster'] } as const;
const setBody = {
  type: 'object',
  required: ['Stage'],
  properties: { ...setFields, Scope: { ...scope, description: `${scope.description}; node if not sent` } },
  examples: [{ Stage: 'support', Scope: 'node', Data: { node: 'node-1' } }],
} as const;
const scopeBody = {
  type: 'object',
  required: ['Scope'],
  properties: { Scope: scope, Node: node },
  examples: [{ Scope: 'cluster' }],
} as const;

const statuses = {
  type: 'array',
  description: 'what was done, and how that went',
  items: {
    type: 'object',
    properties: {
      category: { type: 'string' },
      code: { type: 'string' },
      details: { type: ['string', 'null'], description: 'why, beyond what the original said' },
      level: { type: 'string', enum: ['INFO', 'ERROR'] },
      message: { type: 'string' },
      msgargs: { type: 'array', items: { type: 'string' } },
      scope: { type: 'string' },
      time: { type: 'integer', description: 'seconds since 1970' },
      type: { type: 'string' },
    },
  },
} as const;

function answer(description: string, properties: object): object {
  return {
    description,
    type: 'object',
    required: ['success', 'return', 'msg', 'entity', 'statuses', 'stage_info'],
    properties: {
      success: { type: 'boolean' },
      return: { type: 'string', enum: ['true', 'false'] },
      msg: { type: 'string', description: 'in Korean or English, as Accept-Language or the cookie language says' },
      ...properties,
      stage_info: stageInfo,
    },
  };
}

function failure(description: string): object {
  return answer(description, { entity: { type: 'null' }, statuses: { ...statuses, type: ['array', 'null'] } });
}

function answers(entity: object, more: object = {}): Readonly<Record<string, object>> {
  return {
    200: answer('Done; or not, as success says.', {
      entity: { anyOf: [entity, { type: 'null' }] },
      ...more,
      statuses,
    }),
    400: failure('Something is missing, or not of the form that it has.'),
    401: failure('No token, or one that is not valid.'),
    403: failure('The Kubernetes user behind the token may not do this.'),
    413: failure('The body is too large.'),
    429: failure('Too many calls. The header Retry-After says, in seconds, when to call again.'),
    500: failure('The operator has to put something right.'),
    503: failure('Not possible at the moment. The header Retry-After says, in seconds, when to call again.'),
  };
}

const count = { count: { type: 'integer', description: 'how many there are' } } as const;

/** Of the API as the original program answered it. */
export const originalSchemas = {
  set: { ...summaries.set, tags, body: setBody, response: answers(stageEntity) },
  get: { ...summaries.get, tags, body: scopeBody, response: answers(stageEntity) },
  list: {
    ...summaries.list,
    tags,
    body: scopeBody,
    response: answers({ type: 'array', items: { type: 'string' } }, count),
  },
  // Whatever is sent is not read, so nothing is said of it.
  info: { ...summaries.info, tags, response: answers(infoEntity('100.00TiB')) },
} satisfies Record<StageCall, object>;
