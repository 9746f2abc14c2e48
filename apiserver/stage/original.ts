import type { FastifyRequest } from 'fastify';

import { truncate } from '../../kube/conditions.ts';
import { isObject } from '../http/json.ts';
import { flatFields } from './body.ts';
import { originalCapacity } from './capacity-text.ts';
import { codes } from './codes.ts';
import type { Answer, Failed, Mode } from './mode.ts';
import { originalSchemas } from './original-schemas.ts';
import { languageOf, texts, type Told } from './texts.ts';

/** The API as the original program answered it, so that its own clients run as they are. */
export const original: Mode = {
  prefix: '/api',
  schemas: originalSchemas,
  scopeNamesNode: true,
  readsNothing: (call) => call === 'info',
  fields: flatFields,
  capacity: originalCapacity,
  done({ call, entity, info, stage = '', scope = '' }, { headers }) {
    const told = { stage, scope };
    const msg = texts[languageOf(headers)].done[call](told);
    return {
      success: true,
      return: 'true',
      msg,
      entity,
      ...(Array.isArray(entity) ? { count: entity.length } : {}),
      statuses: [statusOf(codes[call].done, 'INFO', msg, told)],
      stage_info: info,
    };
  },
  async failed({ see, ...failure }) {
    const { info, present } = await see();
    const { httpStatus, code, msg, details } = wordsOf(failure);
    const common = { success: false, return: 'false', msg };
    if (httpStatus === 403) {
      const { stage, data } = info;
      return { httpStatus, body: { ...common, entity: null, statuses: null, stage_info: { stage, data } } };
    }
    const entity = failure.call === 'set' && failure.error?.code === 'NOT_DONE' ? present : null;
    const statuses = [statusOf(code, 'ERROR', msg, toldBy(failure.request), details)];
    return { httpStatus, body: { ...common, entity, statuses, stage_info: info } };
  },
};

interface Words extends Pick<Answer, 'httpStatus'> {
  readonly code: string;
  readonly msg: string;
  /** What the original did not say; null for nothing. */
  readonly details: string | null;
}

function wordsOf({ call, request, error, trouble: { httpStatus, message } }: Omit<Failed, 'see'>): Words {
  const { failed, missing, invalid } = texts[languageOf(request.headers)];
  switch (error?.code) {
    case 'MISSING':
      return { httpStatus, code: 'MISSING_ENTITY', msg: missing(error.what), details: null };
    case 'INVALID':
      return { httpStatus, code: 'INVALID_ENTITY', msg: invalid(error.what), details: message };
    case 'NOT_DONE':
      // That something failed told the original's clients success alone.
      return { httpStatus: 200, code: codes[call].failed, msg: failed[call](toldBy(request)), details: error.what };
    case undefined:
      return httpStatus === 401
        ? { httpStatus, code: 'UNAUTHORIZED', msg: 'Unauthorized', details: message }
        : { httpStatus, code: codes[call].failed, msg: message, details: null };
  }
}

/** What a call speaks of, as it was sent. */
function toldBy({ body }: FastifyRequest): Told {
  const { Stage: stage, Scope: scope }: Readonly<Record<string, unknown>> = isObject(body) ? body : {};
  return { stage: textOf(stage) ?? '', scope: textOf(scope) ?? 'node' };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? truncate(value, 100) : undefined;
}

function statusOf(
  code: string,
  level: 'INFO' | 'ERROR',
  message: string,
  { stage, scope }: Told,
  details: string | null = null,
): object {
  const common = { category: 'STAGE', code, details, level, message };
  return { ...common, msgargs: [scope, stage], scope: 'cluster', time: Math.floor(Date.now() / 1000), type: 'API' };
}
