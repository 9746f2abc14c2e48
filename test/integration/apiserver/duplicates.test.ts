import { describe, expect, onTestFinished, test } from 'vitest';

import { objectNameOf } from '../../../apiserver/dispatch/names.ts';
import { amount } from '../../harness/matrix.ts';
import { siteForFile } from './cluster.ts';
import { startFacade, type Answer } from './process.ts';
import { startProxy } from './proxy.ts';

const site = siteForFile();
const duplicate: Answer = { status: 400, body: { code: -1, message: 'task name is duplicate' } };

function run(name: string): object {
  return { name, nodes: ['web-1'], tasks: '- ping:' };
}

function isCreate(method: string, path: string): boolean {
  return method === 'POST' && path.includes('/agenttasks');
}

describe('one name', () => {
  test('posted twenty times at once, to two facades, makes exactly one task', async () => {
    const { facade, namespace, kubeconfigPath, tasks } = site();
    const other = await startFacade(kubeconfigPath, namespace);
    onTestFinished(async () => void (await other.stop()));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? facade : other).post('/api/run', run('raced'))),
    );
    const made = answers.filter(({ status }) => status === 200);
    expect(made).toHaveLength(1);
    expect(answers.filter(({ status }) => status !== 200)).toEqual(Array.from({ length: 19 }, () => duplicate));
    const found = (await tasks()).filter(
      ({ metadata }) => metadata.annotations?.['fleetwright.io/dispatch-name'] === 'raced',
    );
    expect(found.map(({ metadata }) => metadata.labels?.['fleetwright.io/id'])).toEqual([
      String(made[0]?.body.content?.['id']),
    ]);
    for (const { post } of [facade, other])
      expect((await post('/api/check', { name: 'raced' })).body.content).toMatchObject({
        id: made[0]?.body.content?.['id'],
      });
  });

  test('posted to a facade that is killed before it can answer is there once, and its id can be found', async () => {
    const { facade, namespace, kubeconfigPath, tasks } = site();
    const proxy = await startProxy(kubeconfigPath, async (method, path) => {
      if (!isCreate(method, path)) return;
      doomed.kill('SIGKILL');
      await doomed.ended;
    });
    onTestFinished(() => proxy.close());
    const doomed = await startFacade(proxy.kubeconfigPath, namespace);
    onTestFinished(async () => void (await doomed.stop()));
    await expect(doomed.post('/api/run', run('interrupted'))).rejects.toThrow('fetch failed');
    expect((await doomed.ended).signal).toBe('SIGKILL');

    const successor = await startFacade(kubeconfigPath, namespace);
    onTestFinished(async () => void (await successor.stop()));
    for (const { post } of [successor, facade]) {
      expect(await post('/api/run', run('interrupted'))).toEqual(duplicate);
      expect(await post('/api/check', { name: 'interrupted' })).toEqual({
        status: 200,
        body: { code: 0, content: expect.objectContaining({ id: expect.any(Number), status: 0 }) },
      });
    }
    expect((await tasks()).filter(({ metadata }) => metadata.name === objectNameOf('interrupted'))).toHaveLength(1);
  });

  test('posted while the answer of the API server is lost is answered with its id all the same', async () => {
    const { namespace, kubeconfigPath, tasks } = site();
    let lost = 0;
    const proxy = await startProxy(kubeconfigPath, async (method, path) => {
      if (!isCreate(method, path)) return;
      lost += 1;
      throw new Error('the connection is cut');
    });
    onTestFinished(() => proxy.close());
    const facade = await startFacade(proxy.kubeconfigPath, namespace);
    onTestFinished(async () => void (await facade.stop()));
    const answer = await facade.post('/api/run', run('lost and found'));
    expect(lost).toBe(1);
    expect(answer).toEqual({ status: 200, body: { code: 0, content: { id: expect.any(Number) } } });
    const task = (await tasks()).find(({ metadata }) => metadata.name === objectNameOf('lost and found'));
    expect(task?.metadata.labels?.['fleetwright.io/id']).toBe(String(answer.body.content?.['id']));
  });
});

test('ids are unique and without a fault when two facades give them at once', async () => {
  const { facade, namespace, kubeconfigPath } = site();
  const other = await startFacade(kubeconfigPath, namespace);
  onTestFinished(async () => void (await other.stop()));
  const posts = amount(40, 200);
  const answers = await Promise.all(
    Array.from({ length: posts }, (_, index) =>
      (index % 2 === 0 ? facade : other).post('/api/run', run(`of many ${index}`)),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map(({ body }) => body.content?.['id'])).size).toBe(posts);
});
