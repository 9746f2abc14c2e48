import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';

import { taskCacheOptions } from '../../../../apiserver/dispatch/cache.ts';
import { encodeRunLog, type RunStep } from '../../../../crds/runlog.ts';
import type { AgentTask } from '../../../../crds/types/agenttask.ts';
import { Store } from '../../../../kube/store.ts';
import { denying, failure, testFacade, type FacadeOptions, type TestFacade } from '../facade.ts';
import { MemoryHistory } from '../memory-history.ts';

function task(id: number, createdAt: string, change: Partial<AgentTask['spec']> = {}): AgentTask {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: {
      name: `task-${id}`,
      namespace: 'default',
      uid: `uid-${id}`,
      creationTimestamp: `2017-07-27T${createdAt}Z`,
      labels: { 'fleetwright.io/id': String(id) },
    },
    spec: { hosts: ['127.0.0.1'], correlationID: '1-1', source: 'hubble', ...change },
  };
}

function step(name: string, change: Partial<RunStep> = {}): RunStep {
  return {
    host: '127.0.0.1',
    name,
    action: 'ping',
    start: '2017-07-27T16:37:04Z',
    end: '2017-07-27T16:37:05Z',
    result: 'ok',
    ...change,
  };
}

function line(host = '127.0.0.1', result = 'ok'): string {
  return (
    'global_id = 1-1, source = hubble, create_time = 2017-07-27T16:37:04Z, ' +
    `end_time = 2017-07-27T16:37:05Z, host = ${host}, reuslt = ${result}`
  );
}

interface Live {
  readonly task: AgentTask;
  /** The parts of its log, in the order in which they are listed. */
  readonly parts?: readonly (readonly [number, readonly RunStep[]])[];
}

async function facadeWith(live: readonly Live[], options: FacadeOptions = {}): Promise<TestFacade> {
  const cache = new Store(taskCacheOptions.indexers);
  for (const { task: one } of live) cache.set(one);
  const facade = await testFacade({ cache, ...options });
  for (const {
    task: { metadata },
    parts = [],
  } of live) {
    for (const [part, steps] of parts) {
      const name = `run-log-${metadata.uid ?? ''}-1-${part}`;
      facade.client.configMaps.push({
        metadata: { name, namespace: 'default', labels: { 'fleetwright.io/run-log': metadata.uid ?? '' } },
        binaryData: { 'steps.jsonl.gz': encodeRunLog(steps) },
      });
    }
  }
  return facade;
}

const query = { source: 'hubble' };

describe('POST /api/getlog', () => {
  test('has a line for each step, as the document prints it', async () => {
    const { post } = await facadeWith([
      { task: task(1, '16:00:00'), parts: [[0, [step('Gathering Facts'), step('Reach it')]]] },
    ]);
    expect(await post('/api/getlog', { host: '127.0.0.1', source: 'hubble' })).toEqual({
      status: 200,
      body: [line(), line()],
    });
  });

  test.each<[RunStep['result'], string]>([
    ['ok', 'ok'],
    ['changed', 'ok'],
    ['skipped', 'skipped'],
    ['failed', 'failed'],
    ['unreachable', 'unreachable'],
    ['asyncFailed', 'async_failed'],
  ])('prints the result %s as %s', async (result, expected) => {
    const { post } = await facadeWith([
      { task: task(1, '16:00:00'), parts: [[0, [step('x', { result, message: 'why' })]]] },
    ]);
    expect((await post('/api/getlog', query)).body).toEqual([line(undefined, expected)]);
  });

  test('prints a step that goes on without result and end', async () => {
    const { post } = await facadeWith([
      { task: task(1, '16:00:00'), parts: [[0, [step('x', { result: 'running', end: '' })]]] },
    ]);
    expect((await post('/api/getlog', query)).body).toEqual([
      'global_id = 1-1, source = hubble, create_time = 2017-07-27T16:37:04Z, end_time = , host = 127.0.0.1, reuslt = ',
    ]);
  });

  test('is of one host when one is asked for, and of all otherwise', async () => {
    const steps = [step('x', { host: 'a' }), step('x', { host: 'b' })];
    const { post } = await facadeWith([{ task: task(1, '16:00:00'), parts: [[0, steps]] }]);
    expect((await post('/api/getlog', { ...query, host: 'b' })).body).toEqual([line('b')]);
    for (const host of [undefined, null, ''])
      expect((await post('/api/getlog', { ...query, host })).body).toEqual([line('a'), line('b')]);
    expect(await post('/api/getlog', { ...query, host: 'c' })).toEqual({ status: 200, body: [] });
  });

  test('is of the tasks with the correlation id and source, live or past, in the order of their making', async () => {
    const history = new MemoryHistory();
    history.add(task(1, '16:00:00'), [step('x', { host: 'first' })]);
    history.add(task(4, '16:03:00'), [step('x', { host: 'recorded and still there' })]);
    history.add(task(5, '16:00:30', { source: 'orion' }), [step('x', { host: 'not this' })]);
    const { post, client } = await facadeWith(
      [
        { task: task(3, '16:02:00'), parts: [[0, [step('x', { host: 'third' })]]] },
        {
          task: task(2, '16:01:00'),
          parts: [
            [10, [step('x', { host: 'second, part 10' })]],
            [9, [step('x', { host: 'second, part 9' })]],
          ],
        },
        { task: task(4, '16:03:00'), parts: [[0, [step('x', { host: 'not read' })]]] },
        { task: task(6, '16:00:00', { correlationID: '2-2' }), parts: [[0, [step('x', { host: 'not that' })]]] },
      ],
      { history },
    );
    const expected = ['first', 'second, part 9', 'second, part 10', 'third', 'recorded and still there'];
    expect((await post('/api/getlog', query)).body).toEqual(expected.map((host) => line(host)));
    expect(client.calls).toEqual(['list configmaps']);
  });

  test('is read from the history when the task goes between one look and the next', async () => {
    const history = new MemoryHistory();
    history.add(task(1, '16:00:00'), [step('x')], false);
    const { post } = await facadeWith([{ task: task(1, '16:00:00') }], { history });
    expect((await post('/api/getlog', query)).body).toEqual([line()]);
  });

  test('is empty for a task that has not run, also while the cache does not show it yet', async () => {
    const { post } = await testFacade();
    const odd = { 'x-correlation-id': '1,1=\\1', 'x-resource': 'hubble' };
    await post('/api/run', { name: 'a', nodes: ['a'], tasks: '- ping:' }, odd);
    expect(await post('/api/getlog', query, odd)).toEqual({ status: 200, body: [] });
  });

  test('says that there is no such task', async () => {
    const { post } = await facadeWith([{ task: task(1, '16:00:00') }]);
    expect(await post('/api/getlog', { source: 'orion' })).toEqual({ status: 404, body: failure('task not found...') });
    expect(await post('/api/getlog', query, { 'x-correlation-id': '1-2' })).toEqual({
      status: 404,
      body: failure('task not found...'),
    });
  });

  test.each<[string, string]>([
    ['{', 'json encode error'],
    ['{}', 'param error, error: source: is required; what was in X-RESOURCE'],
    ['{"source":" "}', 'param error, error: source: is required'],
    ['{"source":null}', 'param error, error: source: must be string'],
    ['{"source":"a","host":5}', 'param error, error: host: must be string,null; the node, as it was written'],
    ['[]', 'param error, error: body: must be object'],
  ])('answers the body %s with: %s', async (body, message) => {
    const { post } = await testFacade();
    expect(await post('/api/getlog', body)).toEqual({ status: 400, body: failure(expect.stringContaining(message)) });
  });

  test('leaves out a part that cannot be read, and says so in the log of the facade', async () => {
    const { post, client, logged } = await facadeWith([{ task: task(1, '16:00:00'), parts: [[1, [step('x')]]] }]);
    client.configMaps.push({
      metadata: { name: 'run-log-uid-1-1-0', labels: { 'fleetwright.io/run-log': 'uid-1' } },
      binaryData: { 'steps.jsonl.gz': 'bm90IGd6aXA=' },
    });
    expect((await post('/api/getlog', query)).body).toEqual([line()]);
    expect(logged()).toContain('"configMap":"run-log-uid-1-1-0"');
  });

  test('leaves out lines that are no steps, answers the others, and says so in the log of the facade', async () => {
    const { post, client, logged } = await facadeWith([{ task: task(1, '16:00:00'), parts: [] }]);
    const lines = ['null', '7', '{"host":', '{"host":"host-a"}', JSON.stringify(step('x'))];
    client.configMaps.push({
      metadata: { name: 'run-log-uid-1-1-0', labels: { 'fleetwright.io/run-log': 'uid-1' } },
      binaryData: { 'steps.jsonl.gz': gzipSync(lines.join('\n')).toString('base64') },
    });
    expect(await post('/api/getlog', query)).toEqual({ status: 200, body: [line()] });
    expect(logged()).toContain('4 lines of this part are no steps');
  });

  test('holds the latest 20,000 lines, and reads no more than it needs for them', async () => {
    const many = Array.from({ length: 200 }, (_, index) => ({
      task: task(index + 1, '16:00:00'),
      parts: [[0, Array.from({ length: 250 }, () => step('x', { host: `host-${index}` }))]] as const,
    }));
    const { post, client } = await facadeWith(many);
    const { body } = await post('/api/getlog', query);
    expect(body).toHaveLength(20_000);
    expect((body as string[])[0]).toBe(line('host-120'));
    expect(client.calls).toEqual(['list configmaps', 'list configmaps']);
  });

  test('needs the right to read logs, in both modes, and reads nothing without it', async () => {
    for (const mode of ['documented', 'original'] as const) {
      const { post, client } = await facadeWith([{ task: task(1, '16:00:00'), parts: [[0, [step('x')]]] }], {
        mode,
        authorizer: denying('get agenttasks/log'),
      });
      for (const source of ['hubble', 'unknown'])
        expect(await post('/api/getlog', { source })).toEqual({
          status: 403,
          body: failure('denied: alice cannot get agenttasks/log'),
        });
      expect(client.calls).toEqual([]);
    }
  });
});

async function original(steps: readonly RunStep[]): Promise<TestFacade> {
  return facadeWith([{ task: task(1, '16:00:00'), parts: [[0, steps]] }], { mode: 'original' });
}

describe('POST /api/getlog in original mode', () => {
  test('has the lines in content.log, with the reason of a failure', async () => {
    const { post } = await original([
      step('a'),
      step('b', { result: 'failed', message: 'no such file' }),
      step('c', { result: 'failed' }),
      step('d', { result: 'unreachable', message: 'no route' }),
    ]);
    const log = [
      `${line()} `,
      `${line(undefined, 'failed')} \n\tmessage: no such file\n\t`,
      `${line(undefined, 'failed')} \n\tmessage: no error msg out\n\t`,
      `${line(undefined, 'unreachable')} `,
    ];
    expect(await post('/api/getlog', query)).toEqual({ status: 200, body: { code: 0, content: { log } } });
  });

  test('shows a step that was skipped like one that has not ended', async () => {
    const { post } = await original([step('x', { result: 'skipped' })]);
    expect((await post('/api/getlog', query)).body).toEqual({
      code: 0,
      content: {
        log: [
          'global_id = 1-1, source = hubble, ' +
            'create_time = 2017-07-27T16:37:04Z, end_time = , host = 127.0.0.1, reuslt =  ',
        ],
      },
    });
  });

  test.each([{ source: 'unknown' }, { host: '127.0.0.1' }, { source: '' }])('is empty for %j', async (body) => {
    const { post } = await original([step('x')]);
    expect(await post('/api/getlog', body)).toEqual({ status: 200, body: { code: 0, content: { log: [] } } });
  });

  test.each<[unknown, number, string]>([
    ['{', 400, 'json encode error'],
    [{}, 500, 'source  not found'],
    [{ source: 5 }, 500, "key source not instance of <type 'type'>"],
    [[], 500, "'list' object has no attribute 'has_key'"],
  ])('answers %j with %i and: %s', async (body, status, message) => {
    const { post } = await original([]);
    expect(await post('/api/getlog', body)).toEqual({ status, body: failure(message) });
  });
});
