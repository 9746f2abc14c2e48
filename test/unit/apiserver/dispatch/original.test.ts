import { describe, expect, test } from 'vitest';

import { failure, headers, testFacade } from '../facade.ts';

const run = {
  name: 'task 1',
  nodes: ['192.0.2.1', 'web-1'],
  tasks: [{ action: { module: 'shell', args: 'echo {{word}}' } }],
};
const wrong = (key: string): string => `key ${key} not instance of <type 'type'>`;
const makers = ['/api/run', '/api/parallel_run'] as const;
const finders = [
  ['/api/stop', 400],
  ['/api/check', 500],
] as const;

describe.each(makers)('POST %s in original mode', (path) => {
  test('makes a task with all that was sent', async () => {
    const { post, client } = await testFacade({ mode: 'original' });
    const answer = await post(path, {
      ...run,
      params: { word: 'hi' },
      user: ' deploy ',
      fork_num: 7,
      timeoutSeconds: 90,
      come_from_master: 1,
    });
    expect(answer).toEqual({ status: 200, body: { code: 0, content: { id: 1 } } });
    const [task] = client.objects.values();
    expect(task?.spec).toMatchObject({
      hosts: run.nodes,
      content: '- shell: "echo {{word}}"\n',
      variables: { word: 'hi' },
      user: 'deploy',
      forks: 7,
      timeoutSeconds: 90,
    });
    expect(task?.spec.splitBy).toBe(path === '/api/parallel_run' ? 'Host' : undefined);
  });

  test('takes roles, as the clients send them that set up new machines', async () => {
    const { post, client } = await testFacade({ mode: 'original' });
    await post(
      path,
      '{"nodes": ["10.1.1.1"],"tasks": ["init","hubble-nginx"],"tasktype": "ansible_role", ' +
        '"user": "root", "name": "10.1.1.12017-07-27 16:37:04", "fork_num": 5}',
    );
    expect([...client.objects.values()].map(({ spec }) => spec.content)).toEqual([
      '- hosts: "all"\n  gather_facts: true\n  roles:\n    - "init"\n    - "hubble-nginx"\n',
    ]);
  });

  test('runs once on a node that is listed twice, and needs neither user nor forks nor variables', async () => {
    const { post, client } = await testFacade({ mode: 'original' });
    await post(path, { ...run, nodes: ['b', 'a', 'b'] });
    const [task] = client.objects.values();
    expect(task?.spec).toMatchObject({ hosts: ['b', 'a'], user: 'root' });
    expect(task?.spec).not.toHaveProperty('forks');
  });

  test('takes a name but once', async () => {
    const { post } = await testFacade({ mode: 'original' });
    await post(path, run);
    for (const again of makers)
      expect(await post(again, run)).toEqual({ status: 400, body: failure('task name is duplicate') });
  });

  test.each<[unknown, number, string]>([
    ['{"name":"a",}', 400, 'json encode error'],
    ['null', 400, 'json encode error'],
    [[], 500, "'list' object has no attribute 'has_key'"],
    ['"text"', 500, "'unicode' object has no attribute 'has_key'"],
    ['5', 500, "'int' object has no attribute 'has_key'"],
    ['5.5', 500, "'float' object has no attribute 'has_key'"],
    ['true', 500, "'bool' object has no attribute 'has_key'"],
    [{ nodes: ['a'], tasks: [] }, 400, 'param error, error: key name not found'],
    [{ name: 'a', tasks: [] }, 400, 'param error, error: key nodes not found'],
    [{ name: 'a', nodes: ['a'] }, 400, 'param error, error: key tasks not found'],
    [{ name: 'a', nodes: ['a'], content: '- ping:' }, 400, 'param error, error: key tasks not found'],
    [{ ...run, name: 5 }, 400, `param error, error: ${wrong('name')}`],
    [{ ...run, nodes: 'a' }, 400, `param error, error: ${wrong('nodes')}`],
    [{ ...run, nodes: [1] }, 400, `param error, error: ${wrong('nodes')}`],
    [{ ...run, tasks: '- ping:' }, 400, `param error, error: ${wrong('tasks')}`],
    [{ ...run, tasktype: 1 }, 400, `param error, error: ${wrong('tasktype')}`],
    [{ ...run, params: '{}' }, 400, `param error, error: ${wrong('params')}`],
    [{ ...run, params: [] }, 400, `param error, error: ${wrong('params')}`],
    [{ ...run, params: null }, 400, `param error, error: ${wrong('params')}`],
    [{ ...run, user: null }, 400, `param error, error: ${wrong('user')}`],
    [{ ...run, fork_num: '5' }, 400, `param error, error: ${wrong('fork_num')}`],
    [{ ...run, timeoutSeconds: '90' }, 400, `param error, error: ${wrong('timeoutSeconds')}`],
    [{ ...run, fork_num: 1.5 }, 400, `param error, error: ${wrong('fork_num')}`],
  ])('answers %j with %i and %s', async (body, status, message) => {
    const { post, client } = await testFacade({ mode: 'original' });
    expect(await post(path, body)).toEqual({ status, body: failure(message) });
    expect(client.calls).toEqual([]);
  });

  test('looks at the body, then at the headers, then at the fields in its own order', async () => {
    const { app } = await testFacade({ mode: 'original' });
    const { authorization } = headers;
    const told = async (payload: string, more: Readonly<Record<string, string>> = {}): Promise<unknown> =>
      (await app.inject({ method: 'POST', url: path, headers: { authorization, ...more }, payload })).json();
    expect(await told('{')).toEqual(failure('json encode error'));
    expect(await told('[]')).toEqual(failure('X-CORRELATION-ID is empyt'));
    expect(await told('[]', { 'x-correlation-id': '1-1' })).toEqual(failure('X-SOURCE is empyt'));
    const first = path === '/api/run' ? 'name' : 'nodes';
    expect(await told('{}', { 'x-correlation-id': '1-1', 'x-source': 'orion' })).toEqual(
      failure(`param error, error: key ${first} not found`),
    );
  });
});

describe.each(finders)('POST %s in original mode', (path, status) => {
  test.each<[unknown, string]>([
    [[], "'list' object has no attribute 'has_key'"],
    [{}, 'key task_id/task_name not found'],
    [{ id: '1' }, wrong('id')],
    [{ id: null, name: 'task 1' }, wrong('id')],
    [{ id: 1, name: 5 }, wrong('name')],
  ])(`answers %j with ${status} and: %s`, async (body, message) => {
    const { post } = await testFacade({ mode: 'original' });
    expect(await post(path, body)).toEqual({ status, body: failure(message) });
  });

  test('names the header that is missing as a dictionary does', async () => {
    const { app } = await testFacade({ mode: 'original' });
    const { authorization, 'x-correlation-id': id } = headers;
    const told = async (more: object): Promise<unknown> => {
      const answer = await app.inject({
        method: 'POST',
        url: path,
        headers: { authorization, ...more },
        payload: '{"id":1}',
      });
      return [answer.statusCode, answer.json()];
    };
    expect(await told({})).toEqual([status, failure('HTTP_X_CORRELATION_ID')]);
    expect(await told({ 'x-correlation-id': id })).toEqual([status, failure('HTTP_X_SOURCE')]);
  });
});

describe('a task that nobody knows, in original mode', () => {
  test.each<[string, object, number, string]>([
    ['/api/stop', { id: 9 }, 400, 'node not found...'],
    ['/api/stop', { id: 0, name: 'x' }, 400, 'node not found...'],
    ['/api/stop', { name: 'x' }, 404, 'task not found'],
    ['/api/check', { id: 9, name: 'x' }, 404, 'no task found for specified id:9'],
    ['/api/check', { id: true }, 404, 'no task found for specified id:1'],
    ['/api/check', { name: 'a\nb' }, 404, 'no task found for specified name:a\nb'],
  ])('is answered by %s to %j with %i and: %s', async (path, body, status, message) => {
    const { post } = await testFacade({ mode: 'original' });
    expect(await post(path, body)).toEqual({ status, body: failure(message) });
  });
});

test('GET / in original mode names the program, to those who are let in', async () => {
  const { app } = await testFacade({ mode: 'original' });
  const answer = await app.inject({ url: '/', headers });
  expect(answer.json()).toEqual({
    name: 'Fleetwright',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    info: expect.stringContaining('Octans'),
  });
  expect((await app.inject({ url: '/' })).statusCode).toBe(401);
});
