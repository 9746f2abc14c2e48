import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { taskCacheOptions } from '../../../../apiserver/dispatch/cache.ts';
import { objectNameOf } from '../../../../apiserver/dispatch/names.ts';
import { listedOperations } from '../../../../crds/operations.ts';
import type { AgentTask, AgentTaskPhase } from '../../../../crds/types/agenttask.ts';
import { apiErrorFrom } from '../../../../kube/errors.ts';
import { Store } from '../../../../kube/store.ts';
import { denying, failure, testFacade, type FacadeOptions, type TestFacade } from '../facade.ts';
import { MemoryHistory } from '../memory-history.ts';

const key = `default/${objectNameOf('task 1')}`;
const done = { status: 200, body: { code: 0, content: {} } };

/** A facade with a task in a phase, which its cache shows as it was at the beginning. */
async function withTask(
  phase: AgentTaskPhase,
  options: FacadeOptions = {},
): Promise<TestFacade & { readonly task: () => AgentTask }> {
  const cache = new Store(taskCacheOptions.indexers);
  const facade = await testFacade({ ...options, cache });
  await facade.post('/api/run', { name: 'task 1', nodes: ['192.0.2.1'], tasks: [{ ping: null }] });
  const made = facade.client.objects.get(key);
  if (made === undefined) throw new Error('the task was not made');
  cache.set(facade.client.put({ ...made, status: { phase } }));
  facade.client.calls.length = 0;
  return { ...facade, task: () => facade.client.objects.get(key) ?? made };
}

describe('POST /api/stop', () => {
  test.each([{ id: 1 }, { id: '1' }, { name: 'task 1' }, { id: 1, name: 'another' }])(
    'with %j asks for the end of the task and notes who did, by one write',
    async (query) => {
      vi.useFakeTimers({ now: new Date('2026-02-03T04:05:06Z'), toFake: ['Date'] });
      onTestFinished(() => void vi.useRealTimers());
      const { post, task, client } = await withTask('Running');
      expect(await post('/api/stop', query, { 'x-request-id': 'r-2' })).toEqual(done);
      expect(task().spec.stop).toBe(true);
      expect(listedOperations(task().metadata.annotations)).toEqual([
        { number: 1, operation: 'stop', user: 'alice', requestId: 'r-2', time: '2026-02-03T04:05:06.000Z' },
      ]);
      expect(client.calls).toEqual(['patch']);
    },
  );

  test('a second time changes nothing, also while the cache lags', async () => {
    const { post, task, client } = await withTask('Running');
    await post('/api/stop', { id: 1 }, { 'x-request-id': 'first' });
    expect(await post('/api/stop', { id: 1 }, { 'x-request-id': 'second' })).toEqual(done);
    expect(client.calls).toEqual(['patch']);
    expect(listedOperations(task().metadata.annotations).map(({ requestId }) => requestId)).toEqual(['first']);
  });

  test.each(['Succeeded', 'PartlySucceeded', 'Failed', 'Stopped'] as const)(
    'of a task that is %s changes nothing',
    async (phase) => {
      const { post, client } = await withTask(phase);
      expect(await post('/api/stop', { id: 1 })).toEqual(done);
      expect(client.calls).toEqual([]);
    },
  );

  test('of a task that only the history knows is answered and changes nothing', async () => {
    const { client, task } = await withTask('Succeeded');
    const history = new MemoryHistory();
    history.add(task());
    const later = await testFacade({ history });
    expect(await later.post('/api/stop', { id: 1 })).toEqual(done);
    expect(client.calls).toEqual([]);
  });

  test.each([{ id: 5 }, { name: 'other' }])('of a task that is not there (%j) says so', async (query) => {
    const { post } = await withTask('Running');
    expect(await post('/api/stop', query)).toEqual({ status: 404, body: failure('task not found...') });
  });

  test('of a task that goes in the same moment says so', async () => {
    const { post, client } = await withTask('Running');
    client.faults.push({ error: apiErrorFrom(404, '', 'PATCH'), done: false });
    expect(await post('/api/stop', { id: 1 })).toEqual({ status: 404, body: failure('task not found...') });
  });

  test('of a task that its controller writes in the same moment is done all the same', async () => {
    const { post, client, task } = await withTask('Pending');
    client.put({ ...task(), status: { phase: 'Running' } });
    expect(await post('/api/stop', { id: 1 })).toEqual(done);
    expect([task().spec.stop, task().status?.phase]).toEqual([true, 'Running']);
  });

  test('of a task that ends in the same moment changes nothing', async () => {
    const { post, client, task } = await withTask('Running');
    client.put({ ...task(), status: { phase: 'Succeeded' } });
    expect(await post('/api/stop', { id: 1 })).toEqual(done);
    expect(task().spec.stop).toBeUndefined();
  });

  test('of a task that others keep changing is for another try', async () => {
    const { post, client } = await withTask('Running');
    const error = apiErrorFrom(409, '', 'PATCH');
    for (let count = 0; count < 20; count += 1) client.faults.push({ error, done: false });
    expect(await post('/api/stop', { id: 1 })).toMatchObject({
      status: 503,
      body: failure(expect.stringContaining('others keep changing this: try again')),
    });
  });

  test('without the right to is denied, whatever there would be to do', async () => {
    for (const phase of ['Running', 'Succeeded'] as const) {
      const { post, client } = await withTask(phase, { authorizer: denying('patch agenttasks') });
      expect(await post('/api/stop', { id: 1 })).toEqual({
        status: 403,
        body: failure('denied: alice cannot patch agenttasks'),
      });
      expect(client.calls).toEqual([]);
    }
  });
});

describe('POST /api/stop in original mode', () => {
  test.each(['Pending', 'Running', 'Succeeded', 'PartlySucceeded', 'Failed'] as const)(
    'of a task that is %s makes the next check show 4, also while the cache lags',
    async (phase) => {
      const { post } = await withTask(phase, { mode: 'original' });
      expect(await post('/api/stop', { name: 'task 1' })).toEqual(done);
      const { body } = await post('/api/check', { id: 1 });
      expect(body).toEqual({
        code: 0,
        content: { task: { id: 1, status: 4, err: null }, nodes: [{ ip: '192.0.2.1', status: 0, log: null }] },
      });
    },
  );
});
