import { describe, expect, test } from 'vitest';

import * as errors from '../../../kube/errors.ts';

const { apiErrorFrom } = errors;

function status(fields: object): string {
  return JSON.stringify({ kind: 'Status', ...fields });
}

describe('an error answer', () => {
  test.for([
    [400, 'BadRequest', errors.ApiError, 'API_ERROR'],
    [401, 'Unauthorized', errors.UnauthorizedError, 'UNAUTHORIZED'],
    [403, 'Forbidden', errors.ForbiddenError, 'FORBIDDEN'],
    [404, 'NotFound', errors.NotFoundError, 'NOT_FOUND'],
    [409, 'Conflict', errors.ConflictError, 'CONFLICT'],
    [409, 'AlreadyExists', errors.AlreadyExistsError, 'ALREADY_EXISTS'],
    [410, 'Expired', errors.GoneError, 'GONE'],
    [422, 'Invalid', errors.InvalidError, 'INVALID'],
    [429, 'TooManyRequests', errors.TooManyRequestsError, 'TOO_MANY_REQUESTS'],
    [500, 'InternalError', errors.ServerError, 'SERVER_ERROR'],
    [503, 'ServiceUnavailable', errors.ServerError, 'SERVER_ERROR'],
    [504, 'Timeout', errors.ServerError, 'SERVER_ERROR'],
  ] as const)('%i %s has its class and code', ([httpStatus, reason, Class, code]) => {
    const error = apiErrorFrom(httpStatus, status({ reason, message: 'the words of the server' }), 'GET /x');
    expect(error.constructor).toBe(Class);
    expect(error).toMatchObject({
      code,
      httpStatus,
      reason,
      name: Class.name,
      message: 'GET /x: the words of the server',
    });
  });

  test.for([
    ['{"kind":"Status","details":{"retryAfterSeconds":3}}', undefined, 3000],
    ['{"kind":"Status","details":{"retryAfterSeconds":3}}', '7', 3000],
    ['busy', '7', 7000],
    ['busy', 'Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    ['busy', undefined, undefined],
  ] as const)('%s with Retry-After %s asks to wait %s ms', ([body, header, expected]) => {
    expect(apiErrorFrom(429, body, 'GET /x', header).retryAfter).toBe(expected);
  });

  test.for([
    ['<html>502 Bad Gateway</html>', 'GET /x: <html>502 Bad Gateway</html>'],
    ['', 'GET /x: the API server answered 502'],
    ['{"kind":"Pod"}', 'GET /x: {"kind":"Pod"}'],
    ['null', 'GET /x: null'],
  ] as const)('without a Status object, %s, reads %s', ([body, message]) => {
    expect(apiErrorFrom(502, body, 'GET /x')).toMatchObject({ message, reason: '' });
  });

  test('keeps no more than the first words of a long text', () => {
    expect(apiErrorFrom(500, 'x'.repeat(100_000), 'GET /x').message.length).toBeLessThan(400);
  });
});

test('errors without an answer say what was asked for and what went wrong, and keep the cause', () => {
  const cause = new Error('read ECONNRESET');
  const error = new errors.TransportError('PUT /x', cause);
  expect(error.message).toBe('PUT /x: no answer from the API server (read ECONNRESET)');
  expect(error.cause).toBe(cause);
  expect(new errors.CredentialsError(new Error('spawn aws ENOENT\n')).message).toContain(
    '(spawn aws ENOENT): check the kubeconfig',
  );
});
