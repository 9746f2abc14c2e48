import { pino } from 'pino';
import { expect, test } from 'vitest';

import { agentTaskHistory } from '../../../../history/agenttask/kind.ts';
import { RecorderMetrics } from '../../../../history/recorder/metrics.ts';
import { endVanished, prune, type Housekeeper } from '../../../../history/recorder/housekeeping.ts';
import type { AgentTask } from '../../../../crds/types/agenttask.ts';
import { agentTasks } from '../../../../crds/types/agenttask.ts';
import { RuntimeMetrics } from '../../../../kube/metrics.ts';
import { Store } from '../../../../kube/store.ts';
import { FakeApi } from '../../kube/fake-api.ts';
import { complete, endedAt, find, openStore, see, task } from '../samples.ts';

const signal = new AbortController().signal;

async function house(
  overrides: Partial<Housekeeper> = {},
): Promise<Housekeeper & { readonly client: FakeApi; readonly cache: Store<AgentTask> }> {
  const cache = new Store<AgentTask>();
  return {
    client: new FakeApi(),
    store: await openStore(),
    watched: [{ kind: agentTaskHistory, objects: cache }],
    cache,
    metrics: new RecorderMetrics(new RuntimeMetrics().registry, [agentTaskHistory], async () => 0),
    clock: { now: () => new Date('2027-11-21T12:00:00Z') },
    log: pino({ level: 'silent' }),
    namespace: undefined,
    retentionDays: 365,
    ...overrides,
  } as Housekeeper & { readonly client: FakeApi; readonly cache: Store<AgentTask> };
}

async function goThrough(keeper: Housekeeper): Promise<number> {
  let ended = 0;
  for (const watched of keeper.watched) ended += await endVanished(keeper, watched, signal);
  return ended;
}

test('the record of a task that went unseen ends with what was seen last; those that are there go on', async () => {
  const keeper = await house();
  const { store, client, cache } = keeper;
  const running = task(1, {}, { phase: 'Running' });
  await see(store, [running, task(2), task(3), task(4)]);
  // In the cache; only in the API server; and another one under the name of the one that went.
  cache.set(task(2));
  await client.create(agentTasks, task(3));
  await client.create(agentTasks, task(40, { name: 'task-4' }));
  expect(await goThrough(keeper)).toBe(2);
  expect(await Promise.all([1, 2, 3, 4].map((number) => store.knowledge(agentTaskHistory, task(number))))).toEqual([
    'complete',
    'seen',
    'seen',
    'complete',
  ]);
  expect((await find(store, 1))?.object).toEqual(running);
  expect(await goThrough(keeper)).toBe(0);
});

test('many records are gone through in steps', async () => {
  const keeper = await house();
  await see(
    keeper.store,
    Array.from({ length: 250 }, (_, number) => task(number + 1)),
  );
  keeper.cache.set(task(100));
  expect(await goThrough(keeper)).toBe(249);
});

test('tasks of other namespaces are none of its business when it watches one', async () => {
  const keeper = await house({ namespace: 'elsewhere' });
  await see(keeper.store, [task(1)]);
  expect(await goThrough(keeper)).toBe(0);
});

test('details are kept as long as was asked for, and for ever with 0', async () => {
  const ends = ['2026-11-21T11:59:59Z', '2026-11-21T12:00:01Z'];
  const fill = async (keeper: Housekeeper): Promise<Housekeeper> => {
    for (const [index, end] of ends.entries()) await complete(keeper.store, task(index + 1, {}, endedAt(end)));
    return keeper;
  };
  expect(await prune(await fill(await house({ retentionDays: 0 })), signal)).toBe(0);
  const keeper = await fill(await house());
  expect(await prune(keeper, signal)).toBe(1);
  expect([(await find(keeper.store, 1))?.pruned, (await find(keeper.store, 2))?.pruned]).toEqual([true, undefined]);
});

test('many are pruned in steps', async () => {
  const keeper = await house();
  await Promise.all(
    Array.from({ length: 230 }, (_, number) =>
      complete(keeper.store, task(number + 1, {}, endedAt('2026-11-20T12:00:00Z'))),
    ),
  );
  expect(await prune(keeper, signal)).toBe(230);
});
