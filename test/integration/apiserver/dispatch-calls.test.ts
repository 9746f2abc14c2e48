import { describe, expect, test } from 'vitest';

import { objectNameOf } from '../../../apiserver/dispatch/names.ts';
import { writeRunLog } from '../../../controllers/agenttask/run/log-parts.ts';
import type { RunStep } from '../../../crds/runlog.ts';
import { listedOperations } from '../../../crds/operations.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { siteForFile } from './cluster.ts';
import { headers, userOf } from './process.ts';

const site = siteForFile();
const original = siteForFile({ FLEETWRIGHT_DISPATCH_MODE: 'original' });
const done = { status: 200, body: { code: 0, content: {} } };
const actions = [{ action: { module: 'shell', args: 'echo {{word}}' } }];

function step(change: Partial<RunStep> = {}): RunStep {
  return {
    host: 'web-1',
    name: 'Reach it',
    action: 'ansible.builtin.ping',
    start: '2017-07-27T16:37:04Z',
    end: '2017-07-27T16:37:05Z',
    result: 'ok',
    ...change,
  };
}

async function taskOf(where: ReturnType<typeof site>, name: string): Promise<AgentTask> {
  return where.client.get(agentTasks, { namespace: where.namespace, name: objectNameOf(name) });
}

describe('/api/parallel_run', () => {
  test('makes a parent that is split by host, and takes a name that no other task had', async () => {
    const { facade, namespace } = site();
    const body = { name: 'to each by itself', nodes: ['web-1', '192.0.2.7'], tasks: '- ping:' };
    const { status, body: answer } = await facade.post('/api/parallel_run', body);
    expect([status, answer]).toEqual([200, { code: 0, content: { id: expect.any(Number) } }]);
    const task = await taskOf(site(), body.name);
    expect(task.spec).toMatchObject({ splitBy: 'Host', hosts: body.nodes, correlationID: '16-16', source: 'hubble' });
    expect(task.metadata.annotations).toMatchObject({
      'fleetwright.io/requested-by': userOf(namespace),
      'fleetwright.io/request-id': expect.any(String),
    });
    for (const path of ['/api/run', '/api/parallel_run'])
      expect(await facade.post(path, body)).toEqual({
        status: 400,
        body: { code: -1, message: 'task name is duplicate' },
      });
  });
});

describe('/api/stop', () => {
  test.each(['id', 'name'] as const)(
    'by %s alone asks for the end, notes who did it, and changes nothing the second time',
    async (key) => {
      const { facade, namespace } = site();
      const name = `to be stopped by ${key}`;
      const id = (await facade.post('/api/run', { name, nodes: ['web-1'], tasks: '- ping:' })).body.content?.['id'];
      const query = key === 'id' ? { id } : { name };
      expect(await facade.post('/api/stop', query, { 'x-request-id': 'the-first' })).toEqual(done);
      const task = await taskOf(site(), name);
      expect(task.spec.stop).toBe(true);
      expect(listedOperations(task.metadata.annotations)).toEqual([
        {
          number: 1,
          operation: 'stop',
          user: userOf(namespace),
          requestId: 'the-first',
          time: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      ]);
      expect(await facade.post('/api/stop', query, { 'x-request-id': 'the-second' })).toEqual(done);
      expect((await taskOf(site(), name)).metadata.resourceVersion).toBe(task.metadata.resourceVersion);
    },
  );

  test('of a task that has ended is answered and changes nothing', async () => {
    const { facade, setStatus } = site();
    const name = 'ended before it is stopped';
    await facade.post('/api/run', { name, nodes: ['web-1'], tasks: '- ping:' });
    await setStatus(objectNameOf(name), { phase: 'Succeeded' });
    await expect
      .poll(async () => (await facade.post('/api/check', { name })).body.content?.['status'], { timeout: 60_000 })
      .toBe(2);
    expect(await facade.post('/api/stop', { name })).toEqual(done);
    // The schema fills in the default.
    expect((await taskOf(site(), name)).spec.stop).toBe(false);
    expect((await facade.post('/api/check', { name })).body.content).toMatchObject({ status: 2 });
  });

  test('does not know what is not there', async () => {
    for (const query of [{ id: 987_654 }, { name: 'never made' }])
      expect(await site().facade.post('/api/stop', query)).toEqual({
        status: 404,
        body: { code: -1, message: 'task not found...' },
      });
  });
});

describe('/api/getlog', () => {
  test('has the lines of a run as its controller writes them, of one host or all, by its id and source', async () => {
    const { facade, client } = site();
    const from = { 'x-correlation-id': 'a,b=c\\d', 'x-resource': 'orion' };
    await facade.post('/api/run', { name: 'with a log', nodes: ['web-1', 'web-2'], tasks: '- ping:' }, from);
    expect(await facade.post('/api/getlog', { source: 'orion' }, from)).toEqual({ status: 200, body: [] });
    const task = await taskOf(site(), 'with a log');
    // More than one part can hold.
    const steps = [
      ...Array.from({ length: 2000 }, () => step()),
      step({ host: 'web-2', result: 'failed', message: 'no such file' }),
    ];
    await writeRunLog(client, task, `${task.metadata.uid ?? ''}-1`, steps);
    const line =
      'global_id = a,b=c\\d, source = orion, ' +
      'create_time = 2017-07-27T16:37:04Z, end_time = 2017-07-27T16:37:05Z, host = ';
    const all = await facade.post('/api/getlog', { source: 'orion' }, from);
    expect(all.body).toEqual([
      ...Array.from({ length: 2000 }, () => `${line}web-1, reuslt = ok`),
      `${line}web-2, reuslt = failed`,
    ]);
    expect(await facade.post('/api/getlog', { source: 'orion', host: 'web-2' }, from)).toEqual({
      status: 200,
      body: [`${line}web-2, reuslt = failed`],
    });
    expect(await facade.post('/api/getlog', { source: 'jupiter' }, from)).toEqual({
      status: 404,
      body: { code: -1, message: 'task not found...' },
    });
  });
});

describe('original mode', () => {
  test('shows 4 at once after a stop, whatever the task came to', async () => {
    const { facade, setStatus } = original();
    for (const phase of ['Running', 'Succeeded', 'Failed'] as const) {
      const name = `stopped when ${phase}`;
      const { body } = await facade.post('/api/run', {
        name,
        nodes: ['web-1', 'Web-2'],
        tasks: actions,
        params: { word: 'hello' },
      });
      const hosts = [{ name: 'web-1', result: 'ok' }] as const;
      await setStatus(objectNameOf(name), { phase, hosts });
      expect(await facade.post('/api/stop', { id: body.content?.['id'] })).toEqual(done);
      expect((await facade.post('/api/check', { name })).body.content).toMatchObject({
        task: { id: body.content?.['id'], status: 4, err: null },
        nodes: [{ ip: 'web-1' }, { ip: 'Web-2', status: 0, log: null }],
      });
    }
  });

  test('reports as the original did, from the submit to the end', async () => {
    const { facade, setStatus } = original();
    const { body } = await facade.post('/api/parallel_run', {
      name: 'from submit to end',
      nodes: ['web-1', 'web-2'],
      tasks: actions,
    });
    const id = body.content?.['id'];
    const check = async (): Promise<unknown> => (await facade.post('/api/check', { id })).body.content;
    expect(await check()).toEqual({ task: { id, status: 0, err: null }, nodes: [] });
    await setStatus(objectNameOf('from submit to end'), {
      phase: 'PartlySucceeded',
      message: '1 of 2 hosts failed',
      hosts: [
        { name: 'web-1', result: 'changed' },
        { name: 'web-2', result: 'unreachable' },
      ],
    });
    await expect.poll(check, { timeout: 60_000 }).toEqual({
      task: { id, status: 5, err: '{"msg": "1 of 2 hosts failed"}' },
      nodes: [
        { ip: 'web-1', status: 2, log: '[]' },
        { ip: 'web-2', status: 3, log: '[]' },
      ],
    });
  });

  test('has the log under content, with the reasons of failures, and nothing for what it does not know', async () => {
    const { facade, client } = original();
    const from = { 'x-correlation-id': '77-1', 'x-source': 'hubble' };
    await facade.post('/api/run', { name: 'with a log', nodes: ['web-1'], tasks: actions }, from);
    const task = await taskOf(original(), 'with a log');
    await writeRunLog(client, task, `${task.metadata.uid ?? ''}-1`, [
      step({ result: 'failed', message: 'no such file' }),
    ]);
    const { body } = await facade.post('/api/getlog', { host: 'web-1', source: 'hubble' }, from);
    expect(body).toEqual({
      code: 0,
      content: {
        log: [
          expect.stringMatching(
            /^global_id = 77-1, source = hubble, .* host = web-1, reuslt = failed \n\tmessage: no such file\n\t$/,
          ),
        ],
      },
    });
    expect(await facade.post('/api/getlog', { source: 'nobody' }, from)).toEqual({
      status: 200,
      body: { code: 0, content: { log: [] } },
    });
  });

  test('knows neither what was never made nor calls without a method of its own', async () => {
    const { facade } = original();
    expect(await facade.post('/api/stop', { id: 987_654 })).toEqual({
      status: 400,
      body: { code: -1, message: 'node not found...' },
    });
    expect(await facade.post('/api/check', { name: 'never made' })).toEqual({
      status: 404,
      body: { code: -1, message: 'no task found for specified name:never made' },
    });
    expect((await fetch(`${facade.url}/api/run`, { headers })).status).toBe(405);
    expect((await fetch(`${facade.url}/api/runs`)).status).toBe(404);
  });
});
