import { describe, expect, test } from 'vitest';

import { AuthError } from '../../../apiserver/auth/errors.ts';
import { BodyUnreadableError } from '../../../apiserver/http/json.ts';
import { ServiceError } from '../../../apiserver/service-error.ts';
import { troubleOf, type TroubleCode } from '../../../apiserver/troubles.ts';
import { HistoryError } from '../../../history/errors.ts';
import { apiErrorFrom, TransportError } from '../../../kube/errors.ts';

function answered(code: number, reason: string, message: string): Error {
  return apiErrorFrom(code, JSON.stringify({ kind: 'Status', code, reason, message }), 'POST /apis/secret-path');
}

function ofFastify(code: string, statusCode: number): Error {
  return Object.assign(new Error('the body is odd'), { code, statusCode });
}

describe('an error is to a caller', () => {
  test.each<[string, Error, TroubleCode, number]>([
    ['what its thrower says', new AuthError('TOKEN_WRONG', 401, 'wrong'), 'TURNED_AWAY', 401],
    ['a body to send anew', new BodyUnreadableError(), 'UNREADABLE', 400],
    ['a request to send anew', ofFastify('FST_ERR_CTP_INVALID_CONTENT_LENGTH', 400), 'UNREADABLE', 400],
    ['a body to send in parts', ofFastify('FST_ERR_CTP_BODY_TOO_LARGE', 413), 'BODY_TOO_LARGE', 413],
    ['something to repeat', new TransportError('POST /apis/secret-path', new Error('reset')), 'UNANSWERED', 503],
    ['something to try again', answered(429, 'TooManyRequests', 'secret'), 'BUSY', 503],
    ['something to try again', answered(503, 'ServiceUnavailable', 'secret'), 'BUSY', 503],
    ['something to try again', new HistoryError('HISTORY_BUSY', 'secret'), 'BUSY', 503],
    ['something to ask a Role for', answered(403, 'Forbidden', 'alice cannot create'), 'DENIED', 403],
    ['a field to mend', answered(422, 'Invalid', 'spec.size: too large'), 'INVALID', 400],
    ['an object to make smaller', answered(500, '', 'etcdserver: request is too large'), 'OBJECT_TOO_LARGE', 413],
    ['the operator’s', answered(403, 'Forbidden', 'secret cannot impersonate'), 'OPERATOR', 500],
    ['the operator’s', answered(401, 'Unauthorized', 'secret'), 'OPERATOR', 500],
    ['the operator’s', answered(404, 'NotFound', 'namespaces "secret" not found'), 'OPERATOR', 500],
    ['the operator’s', new HistoryError('HISTORY_CORRUPT', 'secret'), 'OPERATOR', 500],
    ['the operator’s', new ServiceError('this service may not count'), 'OPERATOR', 500],
    ['only in the log', new Error('secret'), 'INTERNAL', 500],
  ])('%s: %s', (_what, error, code, httpStatus) => {
    const trouble = troubleOf(error, 'r-1', 'widgets');
    expect(trouble).toMatchObject({ code, httpStatus });
    expect(trouble.message).not.toContain('secret');
    expect(trouble.message.includes('r-1')).toBe(httpStatus >= 500);
    expect(trouble.retryAfter !== undefined).toBe(code === 'BUSY' || code === 'UNANSWERED');
  });

  test('after as many seconds as the API server says', () => {
    const overloaded = apiErrorFrom(429, JSON.stringify({ kind: 'Status' }), 'POST', '7');
    expect(troubleOf(overloaded, 'r-1').retryAfter).toBe(7);
  });
});
