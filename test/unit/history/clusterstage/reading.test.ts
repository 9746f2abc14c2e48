import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { withOperation } from '../../../../crds/operations.ts';
import { clusterStageHistory } from '../../../../history/clusterstage/kind.ts';
import { operationsOf } from '../../../../history/recorder/operations.ts';
import { openHistory } from '../../../../history/sqlite.ts';
import { Database } from '../../../../history/sqlite/database.ts';
import { historyPath } from '../samples.ts';
import { aStage, standing } from './samples.ts';

const page = await readFile(new URL('../../../../docs/history.md', import.meta.url), 'utf8');
const queries = [...page.matchAll(/```sql\n(.*?)```/gs)].map(([, query = '']) => query);
const clock = { now: () => new Date('2026-11-21T13:00:00Z') };
const blocked = 'pod shop/web-1 is held by PodDisruptionBudget shop/web';

/** Records what somebody asks for four times. @returns the path of the file */
async function recorded(): Promise<string> {
  const path = await historyPath();
  const store = await openHistory(path, { clock });
  const out = { name: 'node-a', rate: 100, completed: ['claim', 'cordon', 'drain'] };
  const draining = { name: 'node-a', rate: 40, current: 'drain', blockedBy: blocked } as const;
  const since = '2026-11-21T12:10:00Z';
  await store.see(
    clusterStageHistory,
    [
      aStage(1, { stage: 'support' }, standing('OutOfService', [out], 1)),
      aStage(2, { stage: 'running' }),
      aStage(3, { stage: 'support' }, standing('DrainBlocked', [{ ...draining, since }], 3)),
    ],
    [],
  );
  const annotations = withOperation(aStage(1, { stage: 'support' }).metadata.annotations, {
    operation: 'setStage',
    user: 'fleetwright:bob',
    requestId: 'request-2',
    time: '2026-11-21T12:40:00Z',
  });
  const last = aStage(4, { stage: 'running' }, standing('Running', [], 4, '2026-11-21T12:50:00Z'), {
    annotations: { ...aStage(1, { stage: 'support' }).metadata.annotations, ...annotations },
  });
  await store.complete(clusterStageHistory, last, {}, operationsOf(last));
  await store.close();
  return path;
}

test('the queries of the page tell of stages, of nodes, and of who did what', async () => {
  const database = new Database(await recorded(), true);
  const [stages, nodes, operations, ...others] = queries.map((query) =>
    database.all(query).map((row) => Object.values(row)),
  );
  database.close();
  expect(stages).toEqual([
    ['node-a', 1, 'support', 'OutOfService', '2026-11-21 12:00:01', '2026-11-21 13:00:00'],
    ['node-a', 2, 'running', null, '2026-11-21 13:00:00', '2026-11-21 13:00:00'],
    ['node-a', 3, 'support', 'DrainBlocked', '2026-11-21 12:00:01', '2026-11-21 13:00:00'],
    ['node-a', 4, 'running', 'Running', '2026-11-21 12:00:01', '2026-11-21 12:50:00'],
  ]);
  expect(nodes).toEqual([
    [1, 'node-a', 'claim,cordon,drain', null, null, null, null, null],
    [3, 'node-a', null, 'drain', '2026-11-21 12:10:00', blocked, null, null],
  ]);
  expect(operations).toEqual([
    ['node-a', 'create', 'fleetwright:ann', 'request-1', '2026-11-21 12:00:00'],
    ['node-a', 'setStage', 'fleetwright:bob', 'request-2', '2026-11-21 12:40:00'],
  ]);
  expect(others).toEqual([]);
});
