import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { nameAnnotation } from '../../../../apiserver/dispatch/identity.ts';
import { apiErrorFrom, TransportError } from '../../../../kube/errors.ts';
import { failure, headers, testFacade } from '../facade.ts';

const run = { name: 'task 1', nodes: ['192.0.2.1'], tasks: '- ping:' };
const unlucky = (message: string): object => failure(expect.stringContaining(message));

const answered = (code: number, reason: string, message: string): Error => apiErrorFrom(code, JSON.stringify({ kind: 'Status', code, reason, message }), 'POST /apis/secret-path');

describe('POST /api/run', () => {
  test('makes one task and answers its id', async () => {
    const { post, client } = await testFacade({ credentialsSecret: 'ssh-key' });
    expect(await post('/api/run', run)).toEqual({ status: 200, body: { code: 0, content: { id: 1 } } });
    const [task] = client.objects.values();
    expect(task?.metadata.annotations).toEqual({ [nameAnnotation]: 'task 1' });
    expect(task?.spec).toEqual({ hosts: ['192.0.2.1'], content: '- ping:', user: 'root', credentialsSecretRef: { name: 'ssh-key' }, correlationID: '1-1', source: 'orion' });
  });

  test('refuses a name that was there before', async () => {
    const { post, client } = await testFacade();
    await post('/api/run', run);
    expect(await post('/api/run', { ...run, nodes: ['192.0.2.2'] })).toEqual({ status: 400, body: failure('task name is duplicate') });
    expect(client.objects.size).toBe(1);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=gbk', 'multipart/form-data', ';;;', ''])('takes the body for JSON under the Content-Type %j', async (type) => {
    const { post } = await testFacade();
    expect((await post('/api/run', run, { 'content-type': type })).status).toBe(200);
  });

  test.each<[string, string]>([
    ['', 'json encode error'],
    ['{"name":"a",}', 'json encode error'],
    ['null', 'json encode error'],
    ['name=a&nodes=b', 'json encode error'],
    ['[]', 'param error, error: body: must be object; the body is a JSON object'],
    ['"text"', 'param error, error: body: must be object'],
    ['5', 'param error, error: body: must be object'],
    ['{}', 'param error, error: name: is required; the name of the task'],
    ['{"name":"a"}', 'param error, error: nodes: is required; a list of 1 to 1000 host names'],
    ['{"name":5,"nodes":["a"]}', 'param error, error: name: must be string'],
    ['{"name":null,"nodes":["a"]}', 'param error, error: name: must be string'],
    ['{"name":"a","nodes":"a"}', 'param error, error: nodes: must be array; a list of 1 to 1000'],
    ['{"name":"a","nodes":[]}', 'param error, error: nodes: must NOT have fewer than 1 items'],
    ['{"name":"a","nodes":["a",null]}', 'param error, error: nodes[1]: must be string'],
    ['{"name":"a","nodes":["a"],"tasks":5}', 'param error, error: tasks: must be'],
    ['{"name":"a","nodes":["a"],"tasks":["ping"]}', 'param error, error: tasks[0]: must be object'],
    ['{"name":"a","nodes":["a"],"tasks":"- a:","params":5}', 'param error, error: params: must be'],
    ['{"name":"a","nodes":["a"],"tasks":"- a:","fork_num":1.5}', 'param error, error: fork_num: must be integer'],
    ['{"name":"a","nodes":["a"],"tasks":"- a:","fork_num":true}', 'param error, error: fork_num: must be integer'],
    ['{"name":"a","nodes":["a"],"tasks":"- a:","user":["root"]}', 'param error, error: user: must be'],
    ['{"name":"a","nodes":["a"],"tasks":["web"],"tasktype":"ansible_role"}', 'param error, error: tasks'],
    ['{"name":"a","nodes":["a"],"tasks":"- a:","tasktype":"ansible_role"}', 'param error, error: tasktype: must be equal to one of the allowed values; ansible_task, or not sent'],
    ['{"name":"a","nodes":["a"]}', 'param error, error: tasks: one of tasks and content is required'],
  ])('answers the body %s with: %s', async (body, expected) => {
    const { post, client } = await testFacade();
    expect(await post('/api/run', body)).toEqual({ status: 400, body: unlucky(expected) });
    expect(client.calls).toEqual([]);
  });

  test('refuses 10,000 hosts', async () => {
    const { post } = await testFacade();
    const nodes = Array.from({ length: 10_000 }, (_, index) => `host-${index}`);
    expect(await post('/api/run', { ...run, nodes })).toEqual({ status: 400, body: unlucky('nodes: must NOT have more than 1000 items') });
  });

  test('refuses a body above 4 MiB, and leaves the connection open for the caller to read that', async () => {
    const { app } = await testFacade();
    const answer = await app.inject({ method: 'POST', url: '/api/run', headers, payload: Buffer.alloc(4 * 1024 * 1024 + 1, ' ') });
    expect(answer.statusCode).toBe(413);
    expect(answer.json()).toEqual(unlucky('param error, error: body: is larger than 4 MiB'));
    expect(answer.headers.connection).not.toBe('close');
  });

  test('wants to know who calls', async () => {
    const { app } = await testFacade();
    const { 'x-resource': _, ...others } = headers;
    const answer = await app.inject({ method: 'POST', url: '/api/run', headers: others, payload: JSON.stringify(run) });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual(unlucky('param error, error: X-RESOURCE: this header (or X-SOURCE) is required'));
  });
});

describe('trouble with the API server', () => {
  test.each<[Error, number, string]>([
    [new TransportError('POST /apis/secret-path', new Error('reset')), 503, 'it is not known whether this was done: repeat the call'],
    [answered(429, 'TooManyRequests', 'secret'), 503, 'overloaded: try again'],
    [answered(503, 'ServiceUnavailable', 'secret'), 503, 'failed: try again'],
    [answered(403, 'Forbidden', 'user secret may not'), 500, 'does not allow it to this service: ask the operator'],
    [answered(401, 'Unauthorized', 'secret'), 500, 'does not allow it to this service'],
    [answered(404, 'NotFound', 'namespaces "secret" not found'), 500, 'the namespace of the tasks does not exist'],
    [answered(413, 'RequestEntityTooLarge', 'secret'), 413, 'are larger than can be stored'],
    [answered(500, '', 'etcdserver: request is too large'), 413, 'are larger than can be stored'],
    [answered(500, '', 'rpc error: code = ResourceExhausted desc = trying to send message larger than max (3 vs. 2)'), 413, 'are larger than can be stored'],
    [answered(422, 'Invalid', 'spec.credentialsSecretRef.name: secret'), 500, 'the operator finds the reason in the log'],
    [new Error('secret'), 500, 'the operator finds the reason in the log'],
  ])('%s is answered %i and tells no caller what is for the operator', async (error, code, expected) => {
    const { post, client, logged } = await testFacade();
    client.faults.push({ error, done: false });
    const answer = await post('/api/run', run);
    expect(answer).toEqual({ status: code, body: unlucky(expected) });
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(logged().includes('call failed')).toBe(code >= 500);
  });

  test('an answer to something that may pass says when to try again', async () => {
    const { app, client } = await testFacade();
    client.faults.push({ error: answered(503, 'ServiceUnavailable', ''), done: false });
    const answer = await app.inject({ method: 'POST', url: '/api/run', headers, payload: JSON.stringify(run) });
    expect(answer.headers['retry-after']).toBe('5');
  });
});

describe('POST /api/check', () => {
  test('reports on a task by id and by name', async () => {
    const { post } = await testFacade();
    await post('/api/run', run);
    const report = {
      create_time: 'Fri, 02 Jan 2026 03:04:05 GMT',
      err: null,
      id: 1,
      log: '[]',
      nodes: '["192.0.2.1"]',
      status: 0,
      update_time: 'Fri, 02 Jan 2026 03:04:05 GMT',
    };
    for (const query of [{ id: 1 }, { id: '1' }, { name: 'task 1' }, { id: 1, name: 'something else' }]) {
      expect(await post('/api/check', query)).toEqual({ status: 200, body: { code: 0, content: report } });
    }
  });

  test.each([{ id: 2 }, { name: 'task 2' }, { id: -1 }, { id: 9e15 }])('does not know %j', async (query) => {
    const { post } = await testFacade();
    await post('/api/run', run);
    expect(await post('/api/check', query)).toEqual({ status: 404, body: failure('task not found...') });
  });

  test.each<[string, string]>([
    ['{', 'json encode error'],
    ['{}', 'param error, error: id: one of id and name is required'],
    ['{"id":1.5}', 'param error, error: id: must be integer'],
    ['{"id":true}', 'param error, error: id: must be integer'],
    ['{"name":{}}', 'param error, error: name: must be string'],
    ['[1]', 'param error, error: body: must be object; the body is a JSON object with id or name'],
  ])('answers the body %s with: %s', async (body, expected) => {
    const { post } = await testFacade();
    expect(await post('/api/check', body)).toEqual({ status: 400, body: unlucky(expected) });
  });
});

describe('every answer', () => {
  test('to whatever JSON is in the form of the API and never the fault of the server', async () => {
    const { post } = await testFacade();
    const field = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue(), fc.constantFrom('a', ['a'], '- ping:', [{ ping: null }], 5, '5', null, '{}'));
    const fields = fc.record({ name: field, nodes: field, tasks: field, content: field, tasktype: field, params: field, fork_num: field, user: field, id: field }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('/api/run', '/api/check'), fc.oneof({ weight: 4, arbitrary: fields }, { weight: 1, arbitrary: fc.jsonValue() }), async (path, body) => {
        const answer = await post(path, JSON.stringify(body) ?? '');
        const good = { status: 200, body: { code: 0, content: expect.anything() } };
        const bad = { status: expect.toSatisfy((status: number) => [400, 404, 413].includes(status)), body: failure(expect.stringMatching(/^(json encode error|param error, error: .+|task name is duplicate|task not found\.\.\.)$/s)) };
        expect(answer).toEqual(answer.status === 200 ? good : bad);
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  test('has its request id, which is also in the log, and is kept out of caches', async () => {
    const { app, logged } = await testFacade();
    const own = await app.inject({ method: 'POST', url: '/api/check', headers, payload: '{"id":1}' });
    expect(own.headers['cache-control']).toBe('no-store');
    expect(logged()).toContain(`"requestId":"${String(own.headers['x-request-id'])}"`);
    const given = await app.inject({ method: 'POST', url: '/api/check', headers: { ...headers, 'x-request-id': 'from-a-proxy.1' }, payload: '{"id":1}' });
    expect(given.headers['x-request-id']).toBe('from-a-proxy.1');
    const forged = await app.inject({ method: 'POST', url: '/api/check', headers: { ...headers, 'x-request-id': 'a "b"' }, payload: '{"id":1}' });
    expect(forged.headers['x-request-id']).not.toBe('a "b"');
  });

  test.each([
    ['GET', '/api/run'],
    ['HEAD', '/api/run'],
    ['OPTIONS', '/api/run'],
    ['PUT', '/api/check'],
    ['POST', '/api/runs'],
    ['GET', '/'],
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
