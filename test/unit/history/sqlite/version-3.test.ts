import { expect, test } from 'vitest';

import { agentTaskHistory } from '../../../../history/agenttask/kind.ts';
import { stepsOf, tasksByCorrelation } from '../../../../history/agenttask/lookups.ts';
import { clusterStageHistory } from '../../../../history/clusterstage/kind.ts';
import type { HistoryStore } from '../../../../history/store.ts';
import { run } from '../contract/lists.ts';
import { complete, find, openStore, steps, uidOf } from '../samples.ts';
import { version3File } from './version-3.ts';

async function listed(store: HistoryStore): Promise<readonly string[]> {
  const { items } = await store.list(agentTaskHistory, 'fleet', { limit: 9 });
  return items.map(({ object, entry }) => [object.metadata.name, ...Object.values(entry)].join(' '));
}

async function counted(store: HistoryStore): Promise<readonly string[]> {
  const tallies = await store.tallies(agentTaskHistory, 'fleet', { first: '2026-01-01', last: '2026-12-31' });
  return tallies.map(({ day, outcome, total }) => `${day} ${outcome} ${total}`);
}

test.each([false, true])(
  'a file as it was before there were lists has all that it had, and its runs are listed (for reading only: %s)',
  async (readOnly) => {
    const store = await openStore(await version3File(), { readOnly });
    expect((await find(store, 1))?.pruned).toBe(true);
    expect(await find(store, 3)).toMatchObject({
      complete: true,
      object: {
        metadata: { name: 'task-3', uid: uidOf(3) },
        spec: { groupRef: { name: 'all' }, jobRef: { name: 'restart' } },
        status: {
          phase: 'PartlySucceeded',
          hosts: [
            { name: 'host-a', result: 'changed', counts: { ok: 2, changed: 1 } },
            { name: 'host-b', result: 'unreachable', message: 'no route to host' },
          ],
        },
      },
    });
    expect(await stepsOf(store, [uidOf(3)])).toMatchObject([
      { host: 'host-a', name: 'Restart', result: 'changed' },
      { host: 'host-b', name: 'Restart', message: 'no route to host' },
    ]);
    expect((await store.operations(uidOf(3))).map(({ operation, user }) => `${operation} ${user}`)).toEqual([
      'create ann',
      'stop jupiter',
    ]);
    const correlated = await tasksByCorrelation(store, 'fleet', { correlationID: '16-16', source: 'hubble' }, 9);
    expect(correlated.map(({ object }) => object.metadata.name)).toEqual(['task-2', 'task-3', 'task-4', 'task-5']);
    const stage = await store.byName(clusterStageHistory, { name: 'node-a' });
    expect(stage?.object.status?.progress?.nodes).toEqual([
      { name: 'node-a', rate: 100, completed: ['cordon', 'drain'] },
    ]);
    expect(await store.unfinished(agentTaskHistory, undefined, undefined, 9)).toHaveLength(1);
    expect(await store.highestId(agentTaskHistory)).toBe(5);

    expect(await listed(store)).toEqual(['task-3 restart ann fail', 'task-2 deploy ann success']);
    expect(await counted(store)).toEqual(['2026-11-20 fail 1', '2026-11-20 success 1']);
    expect((await store.operationsIn('fleet', 9)).map(({ operation, name }) => `${operation} ${name}`)).toEqual([
      'create task-5',
      'create task-4',
      'stop task-3',
      'create task-3',
      'create task-2',
    ]);
  },
);

test('a file as it was before there were lists goes on: what runs is recorded as it ends', async () => {
  const store = await openStore(await version3File());
  await complete(store, run(5, { start: '2026-11-24T12:00:01Z' }), steps);
  expect(await listed(store)).toContain('task-5 deploy ann success');
  expect(await counted(store)).toContain('2026-11-24 success 1');
  expect(await stepsOf(store, [uidOf(5)])).toHaveLength(steps.length);
  expect(await store.prune(new Date('2026-11-22T00:00:00Z'), 9)).toBe(4);
  expect(await listed(store)).toEqual(['task-5 deploy ann success']);
});
