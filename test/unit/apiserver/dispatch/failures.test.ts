import { describe, expect, test } from 'vitest';

import { apiErrorFrom, TransportError } from '../../../../kube/errors.ts';
import { HistoryError } from '../../../../history/errors.ts';
import { failure, headers, testFacade } from '../facade.ts';
import { MemoryHistory } from '../memory-history.ts';

const run = { name: 'task 1', nodes: ['192.0.2.1'], tasks: '- ping:' };
const unlucky = (message: string): object => failure(expect.stringContaining(message));
const answered = (code: number, reason: string, message: string): Error =>
  apiErrorFrom(code, JSON.stringify({ kind: 'Status', code, reason, message }), 'POST /apis/secret-path');

describe('trouble with the API server', () => {
  test.each<[Error, number, string]>([
    [
      new TransportError('POST /apis/secret-path', new Error('reset')),
      503,
      'it is not known whether this was done: repeat the call',
    ],
    [answered(429, 'TooManyRequests', 'secret'), 503, 'overloaded: try again'],
    [answered(503, 'ServiceUnavailable', 'secret'), 503, 'failed: try again'],
    [
      answered(403, 'Forbidden', 'users "alice" is forbidden: User "secret" cannot impersonate resource "users"'),
      500,
      'does not allow it to this service: ask the operator',
    ],
    [answered(401, 'Unauthorized', 'secret'), 500, 'does not allow it to this service'],
    [answered(404, 'NotFound', 'namespaces "secret" not found'), 500, 'the namespace of the tasks does not exist'],
    [answered(413, 'RequestEntityTooLarge', 'secret'), 413, 'are larger than can be stored'],
    [answered(500, '', 'etcdserver: request is too large'), 413, 'are larger than can be stored'],
    [
      answered(500, '', 'rpc error: code = ResourceExhausted desc = trying to send message larger than max (3 vs. 2)'),
      413,
      'are larger than can be stored',
    ],
    [
      answered(422, 'Invalid', 'spec.credentialsSecretRef.name: secret'),
      500,
      'the operator finds the reason in the log',
    ],
    [new Error('secret'), 500, 'the operator finds the reason in the log'],
  ])('%s is answered %i and tells no caller what is for the operator', async (error, code, expected) => {
    const { post, client, logged } = await testFacade();
    client.faults.push({ error, done: false });
    const answer = await post('/api/run', run);
    expect(answer).toEqual({ status: code, body: unlucky(expected) });
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(logged().includes('call failed')).toBe(code >= 500);
  });

  test.each(['documented', 'original'] as const)(
    'what the API server denies to the user of the caller is answered 403 in its words (%s)',
    async (mode) => {
      const { post, client } = await testFacade({ mode });
      const message = 'agenttasks.fleetwright.io is forbidden: User "alice" cannot create resource "agenttasks"';
      client.faults.push({ error: answered(403, 'Forbidden', message), done: false });
      expect(await post('/api/run', { ...run, tasks: [{ ping: null }] })).toEqual({
        status: 403,
        body: failure(`denied: ${message}`),
      });
    },
  );

  test('a call that can be repeated without a duplicate is not told of one', async () => {
    const { post, client } = await testFacade();
    client.readFault = new TransportError('GET', new Error('reset'));
    const answer = await post('/api/check', { id: 1 });
    expect(answer).toEqual({ status: 503, body: unlucky('repeat the call (request') });
  });

  test('an answer to something that may pass says when to try again', async () => {
    const { app, client } = await testFacade();
    client.faults.push({ error: answered(503, 'ServiceUnavailable', ''), done: false });
    const answer = await app.inject({ method: 'POST', url: '/api/run', headers, payload: JSON.stringify(run) });
    expect(answer.headers['retry-after']).toBe('5');
  });
});

describe('trouble with the history', () => {
  test.each([
    ['HISTORY_BUSY', 503, 'the history is busy: try again'],
    ['HISTORY_UNREACHABLE', 503, 'the history is busy: try again'],
    ['HISTORY_CORRUPT', 500, 'the history cannot be read: ask the operator'],
  ] as const)('%s is answered %i, and no task is made whose name may be taken', async (code, status, expected) => {
    const history = new MemoryHistory();
    history.byName = () => Promise.reject(new HistoryError(code, 'secret'));
    const { post, client, logged } = await testFacade({ history });
    const answer = await post('/api/run', run);
    expect(answer).toEqual({ status, body: unlucky(expected) });
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(client.calls).toEqual([]);
    expect(logged()).toContain('call failed');
  });
});
