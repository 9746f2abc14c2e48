import { describe, expect, test } from 'vitest';

import * as errors from '../../../kube/errors.ts';

const { apiErrorFrom } = errors;

function status(fields: object): string {
  return JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', ...fields });
}

describe('an error answer becomes the class that names its case', () => {
  test.each([
    [400, 'BadRequest', errors.ApiError, 'API_ERROR'],
    [401, 'Unauthorized', errors.UnauthorizedError, 'UNAUTHORIZED'],
    [403, 'Forbidden', errors.ForbiddenError, 'FORBIDDEN'],
    [404, 'NotFound', errors.NotFoundError, 'NOT_FOUND'],
    [409, 'Conflict', errors.ConflictError, 'CONFLICT'],
    [409, 'AlreadyExists', errors.AlreadyExistsError, 'ALREADY_EXISTS'],
    [410, 'Expired', errors.GoneError, 'GONE'],
    [415, 'UnsupportedMediaType', errors.ApiError, 'API_ERROR'],
    [422, 'Invalid', errors.InvalidError, 'INVALID'],
    [429, 'TooManyRequests', errors.TooManyRequestsError, 'TOO_MANY_REQUESTS'],
    [500, 'InternalError', errors.ServerError, 'SERVER_ERROR'],
    [504, 'Timeout', errors.ServerError, 'SERVER_ERROR'],
  ] as const)('%i %s', (httpStatus, reason, Class, code) => {
    const error = apiErrorFrom(httpStatus, status({ code: httpStatus, reason, message: 'what happened' }), 'GET /api/v1/pods');
    expect(error.constructor).toBe(Class);
    expect(error).toMatchObject({ name: Class.name, code, httpStatus, reason, message: 'GET /api/v1/pods: what happened' });
  });
});

describe('an answer that is no Status object', () => {
  test('gives its text as the message, cut', () => {
    const error = apiErrorFrom(502, `<html>${'bad gateway '.repeat(100)}</html>`, 'GET /x');
    expect(error).toBeInstanceOf(errors.ServerError);
    expect(error.message).toMatch(/^GET \/x: <html>bad gateway/);
    expect(error.message.length).toBeLessThan(320);
    expect(error.reason).toBe('');
  });

  test('gives its number when it is empty', () => {
    expect(apiErrorFrom(503, ' ', 'GET /x').message).toBe('GET /x: the API server answered 503');
  });

  test.each(['null', '[]', '7', '{"kind":"Pod"}', '{"message":"not a Status"}'])('is not taken for one: %s', (body) => {
    expect(apiErrorFrom(500, body, 'GET /x').message).toBe(`GET /x: ${body}`);
  });
});

describe('the time to wait', () => {
  test('is the one in the Status, else the one in the header, in milliseconds', () => {
    const body = status({ code: 429, details: { retryAfterSeconds: 3 } });
    expect(apiErrorFrom(429, body, 'GET /x', '9').retryAfter).toBe(3000);
    expect(apiErrorFrom(429, status({ code: 429 }), 'GET /x', '9').retryAfter).toBe(9000);
  });

  test('is not known when the server gives none, or a date', () => {
    expect(apiErrorFrom(429, '', 'GET /x').retryAfter).toBeUndefined();
    expect(apiErrorFrom(429, '', 'GET /x', 'Wed, 21 Oct 2026 07:28:00 GMT').retryAfter).toBeUndefined();
  });
});

test('a missing answer, missing credentials and a terminal failure say what they are about', () => {
  const cause = new Error('read ECONNRESET');
  expect(new errors.TransportError('GET /x', cause)).toMatchObject({ code: 'TRANSPORT_ERROR', cause, message: 'GET /x: no answer from the API server (read ECONNRESET)' });
  expect(new errors.CredentialsError(new Error('no such file'))).toMatchObject({ code: 'CREDENTIALS', message: expect.stringMatching(/no such file.*check the kubeconfig/) });
  expect(new errors.TerminalError('HostUnknown', 'no host web-1')).toMatchObject({ code: 'TERMINAL', reason: 'HostUnknown', message: 'no host web-1' });
});
