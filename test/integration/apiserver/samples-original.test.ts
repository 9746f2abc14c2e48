import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { CurlAnswer } from '../stack/curl.ts';
import { Caller, type Call } from '../stack/caller.ts';
import { Stack } from '../stack/stack.ts';
import { headers, token } from './process.ts';

/**
 * What the original program answers to its clients' calls, sent by curl as these send them: X-SOURCE, lists of tasks in
 * the `action:` form.
 */

/** In the form of the stock tasks of the original's clients. */
const stock = [
  { action: { module: 'longscript', content: 'TIMES={{times}}\nfor ((i=0;i<$TIMES;i++)); do echo {{word}}; done' } },
  { action: { module: 'shell', args: 'echo {{word}}' } },
];
const sleeps = [{ action: { module: 'shell', args: 'sleep 300' } }];
const fails = [{ action: { module: 'shell', args: 'echo nothing can be done >&2; exit 3' } }];
const params = { word: 'hello', times: '2' };

let stack: Stack;
let caller: Caller;

beforeAll(async () => {
  stack = await Stack.open({ mode: 'original' });
  caller = new Caller(stack.facade.url);
});
afterAll(() => stack.close());

const said = (status: number, message: string): Partial<CurlAnswer> => ({ status, body: { code: -1, message } });
const usual = [`Authorization: Bearer ${token}`, 'X-CORRELATION-ID: 1-1', 'X-SOURCE: orion'];

async function post(path: string, body: object | string, without?: string): Promise<CurlAnswer> {
  return caller.post(path, body, {
    headers: usual.filter((header) => without === undefined || !header.startsWith(without)),
  });
}

interface Report {
  readonly task: { readonly id: number; readonly status: number; readonly err: string | null };
  readonly nodes: readonly { readonly ip: string; readonly status: number; readonly log: string | null }[];
}

async function check(query: object): Promise<Report> {
  const { status, body } = await post('/api/check', query);
  expect(status).toBe(200);
  return (body as { readonly content: Report }).content;
}

/**
 * As the original's clients do it: they poll until the status is not 0 any more, and know no other that is not final.
 */
async function ended(query: object): Promise<Report> {
  await expect.poll(async () => (await check(query)).task.status, { timeout: 110_000, interval: 500 }).not.toBe(0);
  return check(query);
}

async function lines(query: object, call: Call = {}): Promise<readonly string[]> {
  const { status, body } = await caller.post('/api/getlog', query, call);
  expect(status).toBe(200);
  return (body as { readonly content: { readonly log: readonly string[] } }).content.log;
}

describe('what every call answers', () => {
  test.each([
    ['/api/run', 500],
    ['/api/parallel_run', 500],
    ['/api/stop', 400],
    ['/api/check', 500],
    ['/api/getlog', 500],
  ])('%s to what is no JSON, and to JSON that is no object (%i)', async (path, status) => {
    for (const body of ['{"name":"x",}', 'null', ''])
      expect(await post(path, body)).toMatchObject(said(400, 'json encode error'));
    expect(await post(path, [])).toMatchObject(said(status, "'list' object has no attribute 'has_key'"));
  });

  test.each(['/api/run', '/api/parallel_run'])('%s without a header', async (path) => {
    const body = { name: 'without a header', nodes: ['localhost'], tasks: stock };
    expect(await post(path, body, 'X-CORRELATION-ID')).toMatchObject(said(400, 'X-CORRELATION-ID is empyt'));
    expect(await post(path, body, 'X-SOURCE')).toMatchObject(said(400, 'X-SOURCE is empyt'));
  });

  test.each([
    ['/api/stop', 400],
    ['/api/check', 500],
    ['/api/getlog', 500],
  ])('%s without a header (%i)', async (path, status) => {
    expect(await post(path, { id: 1 }, 'X-CORRELATION-ID')).toMatchObject(said(status, 'HTTP_X_CORRELATION_ID'));
    expect(await post(path, { id: 1 }, 'X-SOURCE')).toMatchObject(said(status, 'HTTP_X_SOURCE'));
  });

  test('GET / names the program', async () => {
    const answer = await fetch(stack.facade.url, { headers });
    expect(answer.status).toBe(200);
    expect(Object.keys((await answer.json()) as object).toSorted()).toEqual(['info', 'name', 'version']);
  });
});

describe.each(['/api/run', '/api/parallel_run'] as const)('%s', (path) => {
  test.each([
    ['name', { nodes: ['localhost'], tasks: stock }],
    ['nodes', { name: 'n', tasks: stock }],
    ['tasks', { name: 'n', nodes: ['localhost'] }],
  ])('without %s', async (field, body) => {
    expect(await post(path, body)).toMatchObject(said(400, `param error, error: key ${field} not found`));
  });

  test.each([
    ['nodes', { name: 'n', nodes: 'localhost', tasks: stock }],
    ['tasks', { name: 'n', nodes: ['localhost'], tasks: 'all of them' }],
    ['params', { name: 'n', nodes: ['localhost'], tasks: stock, params: 'word=hello' }],
    ['fork_num', { name: 'n', nodes: ['localhost'], tasks: stock, fork_num: 'five' }],
  ])('with %s of another type, of which it names none', async (field, body) => {
    expect(await post(path, body)).toMatchObject(
      said(400, `param error, error: key ${field} not instance of <type 'type'>`),
    );
  });

  test('the stock tasks of its clients run to the end, and a second task of the name is a duplicate', async () => {
    const name = `stock tasks by ${path}: 10.1.1.1`;
    const body = { name, nodes: ['localhost'], tasks: stock, params, user: ' root ', fork_num: 5 };
    const answer = await post(path, body);
    expect(answer).toMatchObject({ status: 200, body: { code: 0, content: { id: expect.any(Number) } } });
    const { id } = (answer.body as { readonly content: { readonly id: number } }).content;
    expect(await ended({ id })).toEqual({
      task: { id, status: 2, err: null },
      nodes: [
        {
          ip: 'localhost',
          status: 2,
          log: expect.toSatisfy((log: unknown) => log === null || typeof log === 'string'),
        },
      ],
    });
    expect(await check({ name })).toEqual(await check({ id }));
    expect(await post(path, body)).toMatchObject(said(400, 'task name is duplicate'));
  });

  test('a task that fails has a reason as JSON text', async () => {
    const id = await caller.submit(
      path,
      { name: `fails by ${path}`, nodes: ['localhost'], tasks: fails },
      { correlation: 'failing', source: path },
    );
    const { task, nodes } = await ended({ id });
    expect(task).toEqual({ id, status: 3, err: expect.any(String) });
    expect(JSON.parse(task.err ?? '')).toEqual({ msg: expect.any(String) });
    expect(nodes).toEqual([{ ip: 'localhost', status: 3, log: expect.anything() }]);
    const log = await lines({ source: path }, { correlation: 'failing' });
    expect(log.at(-1)).toMatch(/reuslt = failed \n\tmessage: .*nothing can be done/s);
  });
});

describe('/api/stop', () => {
  test('a running task is stopped, and shows 4 at once', async () => {
    const id = await caller.submit('/api/run', { name: 'to be stopped', nodes: ['localhost'], tasks: sleeps });
    expect(await post('/api/stop', { id })).toMatchObject({ status: 200, body: { code: 0, content: {} } });
    expect((await check({ id })).task.status).toBe(4);
  });

  test('a task that has ended shows 4 as well', async () => {
    await caller.submit('/api/run', { name: 'ended and stopped', nodes: ['localhost'], tasks: stock, params });
    expect((await ended({ name: 'ended and stopped' })).task.status).toBe(2);
    expect(await post('/api/stop', { name: 'ended and stopped' })).toMatchObject({
      status: 200,
      body: { code: 0, content: {} },
    });
    expect((await check({ name: 'ended and stopped' })).task.status).toBe(4);
  });

  test('what cannot be stopped', async () => {
    expect(await post('/api/stop', {})).toMatchObject(said(400, 'key task_id/task_name not found'));
    expect(await post('/api/stop', { name: 'no such task' })).toMatchObject(said(404, 'task not found'));
    expect(await post('/api/stop', { id: 999_999_999 })).toMatchObject(said(400, 'node not found...'));
  });
});

test('/api/check of what is not there', async () => {
  expect(await post('/api/check', {})).toMatchObject(said(500, 'key task_id/task_name not found'));
  expect(await post('/api/check', { id: 999_999_999 })).toMatchObject(
    said(404, 'no task found for specified id:999999999'),
  );
  expect(await post('/api/check', { name: 'no such task' })).toMatchObject(
    said(404, 'no task found for specified name:no such task'),
  );
});

describe('/api/getlog', () => {
  test('a line for each task of the run on a host', async () => {
    await caller.submit('/api/run', { name: 'logged', nodes: ['localhost'], tasks: stock, params });
    await ended({ name: 'logged' });
    const log = await lines({ source: 'orion', host: 'localhost' });
    const instant = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;
    const pattern = new RegExp(
      `^global_id = 1-1, source = orion, create_time = ${instant}, end_time = (${instant})?, host = localhost, ` +
        String.raw`reuslt = (ok|failed|unreachable|async_failed)? (\n\tmessage: .*)?$`,
      's',
    );
    expect(log.length).toBeGreaterThanOrEqual(2);
    for (const line of log) expect(line).toMatch(pattern);
  });

  test('nothing is an empty list, but a source has to be named', async () => {
    expect(await lines({ source: 'nobody' })).toEqual([]);
    expect(await lines({ host: 'localhost' })).toEqual([]);
    expect(await post('/api/getlog', {})).toMatchObject(said(500, 'source  not found'));
  });
});
