import { describe, expect, test } from 'vitest';

import { nameAnnotation } from '../../../../apiserver/dispatch/names.ts';
import { alice, failure, headers, testFacade } from '../facade.ts';

const run = { name: 'task 1', nodes: ['192.0.2.1'], tasks: '- ping:' };
const unlucky = (message: string): object => failure(expect.stringContaining(message));

describe.each(['/api/run', '/api/parallel_run'])('POST %s', (path) => {
  test('makes one task and answers its id', async () => {
    const { post, client, actedAs } = await testFacade({ credentialsSecret: 'ssh-key', ttlSeconds: 60 });
    expect(await post(path, run, { 'x-request-id': 'r-1' })).toEqual({
      status: 200,
      body: { code: 0, content: { id: 1 } },
    });
    const [task] = client.objects.values();
    expect(task?.metadata.annotations).toEqual({
      [nameAnnotation]: 'task 1',
      'fleetwright.io/requested-by': 'alice',
      'fleetwright.io/request-id': 'r-1',
    });
    const split = path === '/api/parallel_run' ? { splitBy: 'Host' } : {};
    expect(task?.spec).toEqual({
      hosts: ['192.0.2.1'],
      content: '- ping:',
      user: 'root',
      ...split,
      credentialsSecretRef: { name: 'ssh-key' },
      ttlSecondsAfterFinished: 60,
      correlationID: '1-1',
      source: 'orion',
    });
    expect(actedAs).toEqual([alice]);
  });

  test('refuses a name that was there before', async () => {
    const { post, client } = await testFacade();
    await post(path, run);
    expect(await post(path, { ...run, nodes: ['192.0.2.2'] })).toEqual({
      status: 400,
      body: failure('task name is duplicate'),
    });
    expect(client.objects.size).toBe(1);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=gbk',
    'multipart/form-data',
    ';;;',
    '',
  ])('takes the body for JSON under the Content-Type %j', async (type) => {
    const { post } = await testFacade();
    expect((await post(path, run, { 'content-type': type })).status).toBe(200);
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
    [
      '{"name":"a","nodes":["a"],"tasks":"- a:","tasktype":"ansible_role"}',
      'param error, error: tasks: with this tasktype a list of role names is expected',
    ],
    [
      '{"name":"a","nodes":["a"],"tasks":["a"],"tasktype":"puppet"}',
      'param error, error: tasktype: must be equal to one of the allowed values; ansible_task, or ansible_role',
    ],
    [
      '{"name":"a","nodes":["a"],"tasks":"- a:","params":[1]}',
      'param error, error: params: must NOT have more than 0 items; variables for the tasks',
    ],
    ['{"name":"a","nodes":["a"]}', 'param error, error: tasks: one of tasks and content is required'],
  ])('answers the body %s with: %s', async (body, expected) => {
    const { post, client } = await testFacade();
    expect(await post(path, body)).toEqual({ status: 400, body: unlucky(expected) });
    expect(client.calls).toEqual([]);
  });

  test('refuses 10,000 hosts', async () => {
    const { post } = await testFacade();
    const nodes = Array.from({ length: 10_000 }, (_, index) => `host-${index}`);
    expect(await post(path, { ...run, nodes })).toEqual({
      status: 400,
      body: unlucky('nodes: must NOT have more than 1000 items'),
    });
  });

  test('refuses a body above 4 MiB, and leaves the connection open for the caller to read that', async () => {
    const { app } = await testFacade();
    const answer = await app.inject({
      method: 'POST',
      url: path,
      headers,
      payload: Buffer.alloc(4 * 1024 * 1024 + 1, ' '),
    });
    expect(answer.statusCode).toBe(413);
    expect(answer.json()).toEqual(unlucky('param error, error: body: is larger than 4 MiB'));
    expect(answer.headers.connection).not.toBe('close');
  });

  test('wants to know who calls', async () => {
    const { app } = await testFacade();
    const { 'x-resource': _, ...others } = headers;
    const answer = await app.inject({ method: 'POST', url: path, headers: others, payload: JSON.stringify(run) });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual(unlucky('param error, error: X-RESOURCE: this header (or X-SOURCE) is required'));
  });
});
