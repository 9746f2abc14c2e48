import { describe, expect, test } from 'vitest';

import { agentTaskHistory } from '../../../../history/agenttask/kind.ts';
import { stepsOf, tasksByCorrelation } from '../../../../history/agenttask/lookups.ts';
import { operationsOf } from '../../../../history/recorder/operations.ts';
import { Database } from '../../../../history/sqlite/database.ts';
import { migrate } from '../../../../history/sqlite/migrate.ts';
import { aLighthouse, lighthouseHistory, lit } from '../lighthouse.ts';
import { complete, endedAt, find, historyPath, openStore, see, steps, task, uidOf } from '../samples.ts';
import { Version1 } from './version-1.ts';

describe('migrations', () => {
  test('bring a file step by step to the present form, each step once', async () => {
    const path = await historyPath();
    const database = new Database(path, false);
    migrate(database, ['CREATE TABLE a (x INTEGER)']);
    migrate(database, ['CREATE TABLE a (x INTEGER)', 'CREATE TABLE b (x INTEGER); INSERT INTO b VALUES (1)']);
    migrate(database, ['CREATE TABLE a (x INTEGER)', 'CREATE TABLE b (x INTEGER); INSERT INTO b VALUES (1)']);
    expect(database.all('SELECT version FROM version').map(({ version }) => version)).toEqual([1, 2]);
    expect(database.all('SELECT x FROM b')).toHaveLength(1);
    database.close();
  });

  test('leave a file as it was before the step that failed', async () => {
    const path = await historyPath();
    const database = new Database(path, false);
    expect(() =>
      migrate(database, ['CREATE TABLE a (x INTEGER)', 'CREATE TABLE b (x INTEGER); INSERT INTO nowhere VALUES (1)']),
    ).toThrow('no such table: nowhere');
    expect(database.all('SELECT version FROM version').map(({ version }) => version)).toEqual([1]);
    expect(database.all(`SELECT name FROM sqlite_schema WHERE name = 'b'`)).toEqual([]);
    database.close();
  });
});

const ended = task(1, {}, endedAt('2026-11-21T12:00:09Z'));
const running = task(2, { namespace: 'elsewhere' }, { phase: 'Running' });
const pruned = task(3, { name: 'task-1', creationTimestamp: '2026-11-01T12:00:00Z' }, endedAt('2026-11-01T12:00:09Z'));
const { correlationID: _, source: __, ...unasked } = task(4).spec;
const byKubectl = { ...task(4, { labels: {}, annotations: {} }), spec: unasked };

/** A file of the first version, with a task in each state. */
async function firstVersion(): Promise<string> {
  const path = await historyPath();
  const file = new Version1(path);
  file.complete(ended, steps);
  file.operation(ended, 'create', 'orion', 'request-1', '2026-11-21T12:00:00Z');
  file.operation(ended, 'stop', 'jupiter', 'request-9', '2026-11-21T12:00:05Z');
  file.see(running);
  file.prune(pruned);
  file.see(byKubectl);
  file.close();
  return path;
}

/** The tables and indexes of a file that is whole. */
async function formOf(path: string): Promise<readonly unknown[]> {
  const database = new Database(path, true);
  expect(database.all('PRAGMA integrity_check').map((row) => row['integrity_check'])).toEqual(['ok']);
  expect(database.all('PRAGMA foreign_key_check')).toEqual([]);
  const form = database.all('SELECT name, sql FROM sqlite_schema ORDER BY name');
  database.close();
  return form;
}

describe('a file of the first version', () => {
  test.each([false, true])('has everything after it was opened (for reading only: %s)', async (readOnly) => {
    const store = await openStore(await firstVersion(), { readOnly });
    expect(await find(store, 1)).toEqual({ object: ended, complete: true });
    expect(await find(store, 'task-1')).toEqual({ object: ended, complete: true });
    expect(await stepsOf(store, [uidOf(1)])).toEqual(steps.map((step) => ({ uid: uidOf(1), ...step })));
    expect((await stepsOf(store, [uidOf(1)], 'host-b')).map(({ host }) => host)).toEqual(['host-b']);
    expect(await store.operations(uidOf(1))).toMatchObject([
      { operation: 'create', user: 'orion', requestId: 'request-1', time: '2026-11-21T12:00:00Z' },
      { operation: 'stop', user: 'jupiter', requestId: 'request-9', time: '2026-11-21T12:00:05Z' },
    ]);
    const correlated = async (namespace: string): Promise<readonly string[]> =>
      (await tasksByCorrelation(store, namespace, { correlationID: '16-16', source: 'hubble' }, 9)).map(
        ({ object }) => object.metadata.uid ?? '',
      );
    expect([await correlated('fleet'), await correlated('elsewhere')]).toEqual([[uidOf(1)], [uidOf(2)]]);
    expect(await store.byId(agentTaskHistory, 'elsewhere', 2)).toEqual({ object: running, complete: false });
    expect((await find(store, 3))?.pruned).toBe(true);
    expect(await find(store, 'task-4')).toEqual({ object: byKubectl, complete: false });
    expect(await store.highestId(agentTaskHistory)).toBe(3);
    expect(
      (await store.unfinished(agentTaskHistory, undefined, undefined, 9)).map(({ metadata }) => metadata.uid),
    ).toEqual([uidOf(2), uidOf(4)]);
  });

  test('goes on: nothing is recorded twice, and other kinds are recorded as well', async () => {
    const path = await firstVersion();
    const clock = { now: () => new Date('2026-12-01T12:00:00Z') };
    const store = await openStore(path, { clock, kinds: [agentTaskHistory, lighthouseHistory] });
    await complete(store, ended, steps);
    await see(store, [ended], operationsOf(ended));
    expect((await store.operations(uidOf(1))).map(({ operation }) => operation)).toEqual(['create', 'stop']);
    expect(await stepsOf(store, [uidOf(1)])).toHaveLength(steps.length);
    await complete(store, task(2, { namespace: 'elsewhere' }, endedAt('2026-11-21T12:00:09Z')), steps);
    expect((await store.byId(agentTaskHistory, 'elsewhere', 2))?.complete).toBe(true);
    const cape = aLighthouse(1, 'red', lit(1, [{ name: 'upper' }]));
    await store.complete(lighthouseHistory, cape, { sighting: [{ ship: 'Fram' }] }, []);
    expect((await store.byName(lighthouseHistory, { name: 'cape' }))?.object).toEqual(cape);
    expect(await store.prune(new Date('2027-01-01T00:00:00Z'), 9)).toBe(3);
    expect((await find(store, 1))?.pruned).toBe(true);
  });

  test('tells of records that are made from now on when they began', async () => {
    const path = await firstVersion();
    const store = await openStore(path);
    await complete(store, task(2, { namespace: 'elsewhere' }, endedAt('2026-11-21T12:00:09Z')), steps);
    const database = new Database(path, true);
    const started = database.all(`SELECT name, datetime(started, 'unixepoch') AS started FROM record ORDER BY key`);
    database.close();
    expect(started.map((row) => [row['name'], row['started']])).toEqual([
      ['task-1', null],
      ['task-2', '2026-11-21 12:00:01'],
      ['task-1', null],
      ['task-4', null],
    ]);
  });

  test('lists and counts the runs that it has, and finds operations by their namespace', async () => {
    const path = await historyPath();
    const file = new Version1(path);
    const run = task(7, {}, endedAt('2026-11-21T12:00:09Z'));
    file.complete({ ...run, spec: { groupRef: { name: 'all' }, jobRef: { name: 'deploy' } } }, steps);
    file.operation(run, 'stop', 'jupiter', 'request-9', '2026-11-21T12:00:05Z');
    file.close();
    // Once, whoever opens it how often.
    for (const readOnly of [true, false, false]) await (await openStore(path, { readOnly })).close();
    const store = await openStore(path);
    const { items } = await store.list(agentTaskHistory, 'fleet', { limit: 9 });
    expect(items.map(({ entry }) => entry)).toEqual([{ name: 'deploy', user: 'orion', outcome: 'fail' }]);
    const [tally] = await store.tallies(agentTaskHistory, 'fleet', { first: '2026-11-21', last: '2026-11-21' });
    expect([tally?.outcome, tally?.total]).toEqual(['fail', 1]);
    expect((await store.operationsIn('fleet', 9)).map(({ operation, name }) => `${operation} ${name}`)).toEqual([
      'stop task-7',
    ]);
  });

  test('is whole afterwards, and has the form of a new one', async () => {
    const [old, fresh] = [await firstVersion(), await historyPath()];
    for (const path of [old, fresh]) await (await openStore(path)).close();
    expect(await formOf(old)).toEqual(await formOf(fresh));
  });
});
