import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { failure, headers, testFacade } from '../facade.ts';
import { amount } from '../../../harness/matrix.ts';

const paths = ['/api/run', '/api/parallel_run', '/api/stop', '/api/check', '/api/getlog'] as const;

describe('every answer', () => {
  test.each(['documented', 'original'] as const)(
    'to whatever JSON is in the form of the API and never the fault of the server (%s)',
    async (mode) => {
      const { post } = await testFacade({ mode });
      const field = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.jsonValue(),
        fc.constantFrom('a', ['a'], '- ping:', [{ ping: null }], 5, '5', null, '{}', true, {}),
      );
      const names = {
        name: field,
        nodes: field,
        tasks: field,
        content: field,
        tasktype: field,
        params: field,
        fork_num: field,
        timeoutSeconds: field,
        user: field,
        id: field,
        source: field,
        host: field,
      };
      const fields = fc.record(names, { requiredKeys: [] });
      // The original answers 500 to some of what it does not understand, always in these words.
      const ofKeys = String.raw`key \S+ not (found|instance of <type 'type'>)|source  not found`;
      const ofObjects = String.raw`'\w+' object has no attribute 'has_key'`;
      const own = mode === 'original' ? new RegExp(`^(${ofKeys}|${ofObjects})$`) : /(?!)/;
      const good = { code: 0, content: expect.anything() };
      const bad = failure(expect.any(String));
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...paths),
          fc.oneof({ weight: 4, arbitrary: fields }, { weight: 1, arbitrary: fc.jsonValue() }),
          async (path, body) => {
            const answer = await post(path, JSON.stringify(body) ?? '');
            expect(answer.body).toEqual(answer.status === 200 ? good : bad);
            const { message = '' } = answer.body as { readonly message?: string };
            const expected = own.test(message) ? [400, 500] : [200, 400, 404, 413];
            expect({ message, statuses: expected }).toEqual({
              message,
              statuses: expect.arrayContaining([answer.status]),
            });
          },
        ),
        { numRuns: amount(80, 400), examples: [['/api/run', { name: 'a', nodes: ['a'], tasks: [{ ping: null }] }]] },
      );
    },
    240_000,
  );

  test('has its request id, which is also in the log, and is kept out of caches', async () => {
    const { app, logged } = await testFacade();
    const own = await app.inject({ method: 'POST', url: '/api/check', headers, payload: '{"id":1}' });
    expect(own.headers['cache-control']).toBe('no-store');
    expect(logged()).toContain(`"requestId":"${String(own.headers['x-request-id'])}"`);
    const given = await app.inject({
      method: 'POST',
      url: '/api/check',
      headers: { ...headers, 'x-request-id': 'from-a-proxy.1' },
      payload: '{"id":1}',
    });
    expect(given.headers['x-request-id']).toBe('from-a-proxy.1');
    const forged = await app.inject({
      method: 'POST',
      url: '/api/check',
      headers: { ...headers, 'x-request-id': 'a "b"' },
      payload: '{"id":1}',
    });
    expect(forged.headers['x-request-id']).not.toBe('a "b"');
  });

  test.each(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'PROPFIND', 'PUT', 'QUERY', 'TRACE'] as const)(
    'to %s is that a call takes POST only, whatever comes with it',
    async (method) => {
      const { app, client } = await testFacade();
      for (const url of paths) {
        const answer = await app.inject({ method: method as 'GET', url, headers, payload: '{' });
        expect([url, answer.statusCode, answer.headers['allow']]).toEqual([url, 405, 'POST']);
        expect(answer.body).toBe(
          method === 'HEAD' ? '' : JSON.stringify({ code: -1, message: `${url} takes POST only` }),
        );
      }
      expect(client.calls).toEqual([]);
    },
  );

  test('to another method says nothing to whoever shows no token', async () => {
    const { app } = await testFacade();
    expect((await app.inject({ method: 'GET', url: '/api/run' })).statusCode).toBe(401);
  });

  test.each([
    ['POST', '/api/runs'],
    ['GET', '/'],
    ['GET', '/api/run/'],
  ] as const)('to %s %s is that there is no such call', async (method, url) => {
    const { app, client } = await testFacade();
    const answer = await app.inject({ method, url, headers });
    expect(answer.statusCode).toBe(404);
    expect(client.calls).toEqual([]);
  });

  test('to a path that is none has the form of the API', async () => {
    const { app } = await testFacade();
    const answer = await app.inject({ method: 'POST', url: '/%zz', headers });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual(failure(expect.stringContaining('/%zz')));
  });
});
