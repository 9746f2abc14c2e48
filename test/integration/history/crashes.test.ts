import { describe, expect, test, vi } from 'vitest';

import { agentTasks } from '../../../crds/types/agenttask.ts';
import { agentTaskHistory } from '../../../history/agenttask/kind.ts';
import { stepsOf as recordedSteps } from '../../../history/agenttask/lookups.ts';
import { openHistory } from '../../../history/sqlite.ts';
import { Database } from '../../../history/sqlite/database.ts';
import { crashAtEveryStep, crashIntoThePast, dropEveryEvent, withLaggingCache } from '../../harness/crash.ts';
import { clientForFile } from '../kube/cluster.ts';
import {
  endTask,
  getTask,
  isHeld,
  recorderScenario,
  requestStop,
  stepsOf,
  untilTask,
  type RecorderWorld,
  type Story,
} from './world.ts';

const client = clientForFile();

interface Recorded {
  readonly complete: boolean | undefined;
  readonly phase: string | undefined;
  /** How many. */
  readonly hosts: number | undefined;
  readonly operations: readonly string[];
  readonly log: readonly string[];
  /** Rows of each table. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Everything there is in the file, and nothing twice. */
async function recorded({
  namespace,
  historyFile,
}: Pick<RecorderWorld, 'namespace' | 'historyFile'>): Promise<Recorded> {
  const store = await openHistory(historyFile, { readOnly: true });
  const found = await store.byName(agentTaskHistory, { namespace, name: 'task' });
  const uid = found?.object.metadata.uid ?? '';
  const operations = await store.operations(uid);
  const log = (await recordedSteps(store, [uid])).map(({ host, name }) => `${host} ${name}`);
  await store.close();
  const database = new Database(historyFile, true);
  const rows = (table: string): number => Number(database.get(`SELECT count(*) AS n FROM ${table}`)?.['n']);
  const counts = {
    record: rows('record'),
    host: rows('agenttask_host'),
    step: rows('agenttask_step'),
    operation: rows('operation'),
  };
  database.close();
  return {
    complete: found?.complete,
    phase: found?.object.status?.phase,
    hosts: found?.object.status?.hosts?.length,
    operations: operations.map(({ operation, user }) => `${operation} by ${user}`),
    log,
    counts,
  };
}

const wholeLog = stepsOf('task').map(({ host, name }) => `${host} ${name}`);

const byKubectl: Story = {
  live: async ({ namespace }) => {
    await untilTask(client, namespace, 'task', isHeld);
    await requestStop(client, namespace, 'task');
    const task = await getTask(client, namespace, 'task');
    if (task === undefined) throw new Error('the task is gone although it is held');
    await endTask(client, task);
    await untilTask(client, namespace, 'task', (now) => !isHeld(now));
    await client.delete(agentTasks, { namespace, name: 'task' });
    await untilTask(client, namespace, 'task', (now) => now === undefined);
  },
  check: async (world) => {
    expect(await recorded(world)).toEqual({
      complete: true,
      phase: 'Succeeded',
      hosts: 2,
      operations: ['create by orion', 'stop by jupiter'],
      log: wholeLog,
      counts: { record: 1, host: 2, step: 3, operation: 2 },
    });
  },
};

const deletedOnceFinished: Story = {
  metadata: { finalizers: ['fleetwright.io/history'] },
  live: async ({ namespace }) => {
    const task = await getTask(client, namespace, 'task');
    if (task === undefined) throw new Error('the task is gone although it is held');
    await endTask(client, task);
    await client.delete(agentTasks, { namespace, name: 'task' });
    await untilTask(client, namespace, 'task', (now) => now === undefined);
  },
  check: async (world) => {
    expect(await recorded(world)).toMatchObject({
      complete: true,
      phase: 'Succeeded',
      log: wholeLog,
      // Whether the recorder still holds it when it is deleted, and so sees that, depends on who is faster.
      operations: expect.arrayContaining(['create by orion']),
      counts: { record: 1, host: 2, step: 3 },
    });
  },
};

const deletedWhileRunning: Story = {
  metadata: { finalizers: ['fleetwright.io/history', 'test.fleetwright.io/controller'] },
  live: async ({ namespace }) => {
    await client.mergePatch(
      agentTasks,
      { namespace, name: 'task' },
      { status: { phase: 'Running' } },
      { subresource: 'status' },
    );
    await client.delete(agentTasks, { namespace, name: 'task' });
    const task = await untilTask(client, namespace, 'task', (now) => now?.metadata.deletionTimestamp !== undefined);
    expect(isHeld(task)).toBe(true);
    // The controller has ended the run.
    await client.mergePatch(
      agentTasks,
      { namespace, name: 'task' },
      { metadata: { finalizers: ['fleetwright.io/history'] } },
    );
    await untilTask(client, namespace, 'task', (now) => now === undefined);
  },
  check: async (world) => {
    expect(await recorded(world)).toMatchObject({
      complete: true,
      phase: 'Running',
      log: [],
      operations: ['create by orion', 'delete by '],
      counts: { record: 1, operation: 2 },
    });
  },
};

const takenAway: Story = {
  metadata: { finalizers: ['fleetwright.io/history', 'test.fleetwright.io/controller'] },
  live: async (world) => {
    const { namespace, historyFile } = world;
    const knowledge = async (): Promise<unknown> => (await recorded({ namespace, historyFile })).complete;
    // Nobody can know of a task that goes before anybody has seen it.
    await vi.waitFor(async () => expect(await knowledge()).toBe(false), { timeout: 60_000, interval: 20 });
    await client.delete(agentTasks, { namespace, name: 'task' });
    await client.mergePatch(agentTasks, { namespace, name: 'task' }, { metadata: { finalizers: null } });
    await vi.waitFor(async () => expect(await knowledge()).toBe(true), { timeout: 60_000, interval: 20 });
  },
  check: async (world) => {
    expect(await recorded(world)).toMatchObject({ complete: true, log: [], counts: { record: 1 } });
  },
};

describe(
  'the recorder dies at each of its steps, and the next one finishes what it began',
  { timeout: 600_000 },
  () => {
    test('a task of kubectl is held, recorded once with its log, and released', async () => {
      const steps = await crashAtEveryStep(recorderScenario(client, byKubectl), { client });
      expect(new Set(steps)).toEqual(new Set(['store.see', 'mergePatch agenttasks', 'store.complete']));
      expect(steps.filter((step) => step === 'mergePatch agenttasks')).toHaveLength(2);
    });

    test('a task that is deleted as soon as it has ended', async () => {
      expect(await crashAtEveryStep(recorderScenario(client, deletedOnceFinished), { client })).toContain(
        'store.complete',
      );
    });

    test('a task that is deleted while it runs is recorded as it was when its run had been ended', async () => {
      expect(await crashAtEveryStep(recorderScenario(client, deletedWhileRunning), { client })).toContain(
        'store.complete',
      );
    });

    test('a task from which somebody takes the finalizer away is recorded as it was seen last', async () => {
      const steps = await crashAtEveryStep(recorderScenario(client, takenAway), { client });
      expect(new Set(steps)).toEqual(new Set(['store.see', 'store.complete']));
    });

    test('a restarted recorder that sees the past first records nothing twice', async () => {
      expect(await crashIntoThePast(recorderScenario(client, byKubectl), { client })).toContain('store.complete');
    });
  },
);

describe('the recorder sees less, or later, than what happens', { timeout: 600_000 }, () => {
  test('each event may be lost with what follows it', async () => {
    expect(await dropEveryEvent(recorderScenario(client, byKubectl), { client })).toBeGreaterThan(2);
  });

  test.for([50, 400])('the cache lags %i ms behind', async (milliseconds) => {
    expect(await withLaggingCache(recorderScenario(client, byKubectl), { client }, milliseconds)).toContain(
      'store.complete',
    );
  });
});
