import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { Caller } from '../stack/caller.ts';
import type { CurlAnswer } from '../stack/curl.ts';
import { Stack } from '../stack/stack.ts';
import { token } from './process.ts';

/**
 * Each sample of the API's document, sent by curl as it stands there; where it is no JSON or holds a placeholder, also
 * with sense put in.
 */

/** Runs anywhere, whatever the node is called. */
const installNginx = `- hosts: all
  connection: local
  gather_facts: false
  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
  tasks:
    - name: install
      debug: {msg: "{{ package }}"}
    - name: start
      command: echo started
`;
const waits = installNginx.replace('echo started', 'sleep 300');
const params = '{"package":"nginx"}';

const day = 'Mon|Tue|Wed|Thu|Fri|Sat|Sun';
const month = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';
const httpDate = new RegExp(String.raw`^(${day}), \d{2} (${month}) \d{4} \d{2}:\d{2}:\d{2} GMT$`);
const instant = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;
const logLine = new RegExp(
  String.raw`^global_id = (?<id>\S+), source = (?<source>\S+), create_time = ${instant}, end_time = ${instant}, ` +
    String.raw`host = (?<host>\S+), reuslt = (?<result>\S+)$`,
);

const notJson = { status: 400, body: { code: -1, message: 'json encode error' } };
const notFound = { status: 404, body: { code: -1, message: 'task not found...' } };
const duplicate = { status: 400, body: { code: -1, message: 'task name is duplicate' } };

let stack: Stack;
let caller: Caller;

beforeAll(async () => {
  stack = await Stack.open();
  caller = new Caller(stack.facade.url);
});
afterAll(() => stack.close());

interface Report {
  readonly create_time: string;
  readonly update_time: string;
  readonly err: string | null;
  readonly id: number;
  readonly log: string;
  readonly nodes: string;
  readonly status: number;
}

/** The answer to check, what it is about included. */
async function check(query: object): Promise<Report> {
  const { status, body } = await caller.post('/api/check', query);
  expect(status).toBe(200);
  return (body as { readonly content: Report }).content;
}

/** What getlog answers to this query under this correlation id. */
async function logged(query: object, correlation: string): Promise<Pick<CurlAnswer, 'status' | 'body'>> {
  const { status, body } = await caller.post('/api/getlog', query, { correlation });
  return { status, body };
}

/** The answer once the task has come to this status, as a client that polls sees it. */
async function checked(query: object, status: number): Promise<Report> {
  await expect.poll(async () => (await check(query)).status, { timeout: 110_000, interval: 500 }).toBe(status);
  return check(query);
}

describe.each(['/api/run', '/api/parallel_run'] as const)('%s', (path) => {
  const name =
    path === '/api/run'
      ? '192.201.11.31_install_nginx_1501169594802406967'
      : '192.201.11.31_install_nginx_1501169594802406968';
  const request = { nodes: ['192.201.11.31'], user: 'root', name, content: installNginx, params, fork_num: 5 };

  test('the sample as it is printed is no JSON', async () => {
    const printed = `{
	"nodes":["192.201.11.31",],
	"user":"root",
	"name":"192.201.11.31_install_nginx_1501169594802406967",
	"content":"{具体任务}",
	"params":"{任务参数}"
	"fork_num":5,
}`;
    expect(await caller.post(path, printed)).toMatchObject(notJson);
  });

  test('the sample with a task and parameters in it is answered with an id, and the task runs', async () => {
    const answer = await caller.post(path, request);
    expect(answer).toMatchObject({ status: 200, body: { code: 0, content: { id: expect.any(Number) } } });
    expect(Object.keys(answer.body as object)).toEqual(['code', 'content']);
    const { content } = answer.body as { readonly content: { readonly id: number } };
    expect(Object.keys(content)).toEqual(['id']);
    expect(await checked({ id: content.id, name }, 2)).toMatchObject({
      id: content.id,
      err: null,
      nodes: '["192.201.11.31"]',
    });
  });

  test('the same name again is a duplicate, also for the other call', async () => {
    for (const other of ['/api/run', '/api/parallel_run'])
      expect(await caller.post(other, request)).toMatchObject(duplicate);
  });

  test.each([
    ['name', { nodes: request.nodes, content: installNginx }],
    ['nodes', { name: 'without nodes', content: installNginx }],
    ['content', { name: 'without content', nodes: request.nodes }],
  ])('without %s it is a parameter error that names the field', async (field, body) => {
    expect(await caller.post(path, body)).toMatchObject({
      status: 400,
      body: { code: -1, message: expect.stringMatching(new RegExp(`^param error, error: .*${field}`)) },
    });
  });

  test.each(['X-CORRELATION-ID', 'X-RESOURCE'])(
    'without the header %s it is an error that names it',
    async (missing) => {
      const headers = ['X-CORRELATION-ID:1-1', 'X-RESOURCE:orion', `Authorization: Bearer ${token}`].filter(
        (header) => !header.startsWith(missing),
      );
      const answer = await caller.post(path, { ...request, name: `without ${missing}` }, { headers });
      expect(answer).toMatchObject({ status: 400, body: { code: -1, message: expect.stringContaining(missing) } });
    },
  );

  test('whatever else goes wrong has a message too', async () => {
    const answer = await caller.post(path, request, { headers: ['X-CORRELATION-ID:1-1', 'X-RESOURCE:orion'] });
    expect(answer).toMatchObject({
      status: 401,
      body: { code: -1, message: expect.stringMatching(/token|credential/) },
    });
    expect(Object.keys(answer.body as object)).toEqual(['code', 'message']);
  });
});

describe('/api/stop and /api/check', () => {
  test('the samples: a running task is stopped, and is reported as in the sample', async () => {
    const id = await caller.submit('/api/run', { nodes: ['123.207.136.186'], name: 'task1', content: waits, params });
    await checked({ id }, 1);
    const stopped = await caller.post('/api/stop', { id, name: 'task1' });
    expect(stopped).toMatchObject({ status: 200, body: { code: 0, content: {} } });
    expect(JSON.parse(stopped.text)).toEqual({ code: 0, content: {} });

    const report = await checked({ id, name: 'task1' }, 4);
    expect(Object.keys(report).toSorted()).toEqual([
      'create_time',
      'err',
      'id',
      'log',
      'nodes',
      'status',
      'update_time',
    ]);
    expect(report).toMatchObject({
      create_time: expect.stringMatching(httpDate),
      id,
      nodes: '["123.207.136.186"]',
      status: 4,
      update_time: expect.stringMatching(httpDate),
    });
    expect(Date.parse(report.update_time)).toBeGreaterThanOrEqual(Date.parse(report.create_time));
    const log: unknown = JSON.parse(report.log);
    expect(log).toEqual([expect.objectContaining({ host: '123.207.136.186' })]);
  });

  test.each([
    ['id', (id: number) => ({ id })],
    ['name', () => ({ name: 'known by either' })],
  ])('%s alone is enough', async (_, query) => {
    const { body } = await caller.post('/api/run', {
      nodes: ['123.207.136.186'],
      name: 'known by either',
      content: installNginx,
      params,
    });
    const known =
      (body as { readonly content?: { readonly id: number } }).content?.id ??
      (await check({ name: 'known by either' })).id;
    expect((await checked(query(known), 2)).id).toBe(known);
    expect(await caller.post('/api/stop', query(known))).toMatchObject({ status: 200, body: { code: 0, content: {} } });
    // It had ended; nothing changes any more.
    expect((await check(query(known))).status).toBe(2);
  });

  test.each(['/api/stop', '/api/check'])('%s knows no task of another id or name', async (path) => {
    expect(await caller.post(path, { id: 999_999_999, name: 'task1' })).toMatchObject(notFound);
    expect(await caller.post(path, { name: 'no such task' })).toMatchObject(notFound);
  });

  test.each(['/api/stop', '/api/check', '/api/getlog'])('%s takes nothing but JSON', async (path) => {
    expect(await caller.post(path, '{\n    "id":1,\n    "name":"task1",\n}')).toMatchObject(notJson);
  });
});

describe('/api/getlog', () => {
  test('the sample: a bare list with a line for each task of the run', async () => {
    await caller.submit(
      '/api/run',
      { nodes: ['127.0.0.1'], name: 'logged', content: installNginx, params },
      { correlation: '16-16', source: 'hubble' },
    );
    await checked({ name: 'logged' }, 2);
    const { status, body } = await logged({ host: '127.0.0.1', source: 'hubble' }, '16-16');
    expect(status).toBe(200);
    const lines = (body as readonly string[]).map((line) => ({ ...logLine.exec(line)?.groups }));
    expect(lines).toEqual([
      { id: '16-16', source: 'hubble', host: '127.0.0.1', result: 'ok' },
      { id: '16-16', source: 'hubble', host: '127.0.0.1', result: 'ok' },
    ]);
  });

  test('what is of another host, source or correlation id is not in it', async () => {
    expect(await logged({ host: '127.0.0.2', source: 'hubble' }, '16-16')).toEqual({ status: 200, body: [] });
    expect(await logged({ host: '127.0.0.1', source: 'orion' }, '16-16')).toEqual(notFound);
    expect(await logged({ host: '127.0.0.1', source: 'hubble' }, '16-17')).toEqual(notFound);
  });
});
