import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { agentTaskHistory } from '../../../../history/agenttask/kind.ts';
import { stepsOf, tasksByCorrelation } from '../../../../history/agenttask/lookups.ts';
import type { PostgresPlace } from '../../../../history/postgres/place.ts';
import type { HistoryStore } from '../../../../history/store.ts';
import { openHistory } from '../../../../history/sqlite.ts';
import { bareEnvironment } from '../../../harness/environment.ts';
import { PostgresServer } from '../../../postgres/server.ts';
import { run } from '../../../unit/history/contract/lists.ts';
import { complete, endedAt, historyPath, openStore, see, steps, task, uidOf } from '../../../unit/history/samples.ts';
import { Version1 } from '../../../unit/history/sqlite/version-1.ts';
import { version3File } from '../../../unit/history/sqlite/version-3.ts';
import { describeWithPostgres, openIn } from './opened.ts';

const november = { first: '2026-11-01', last: '2026-11-30' };

/** All that a store tells of what the tests put into it. */
async function told(store: HistoryStore): Promise<Readonly<Record<string, unknown>>> {
  const uids = [1, 2, 3, 4, 5].map(uidOf);
  const { items } = await store.list(agentTaskHistory, 'fleet', { limit: 10 });
  return {
    records: await Promise.all(uids.map((uid) => store.byUid(agentTaskHistory, uid))),
    steps: await stepsOf(store, uids),
    operations: await Promise.all(uids.map((uid) => store.operations(uid))),
    log: await store.operationsIn('fleet', 100),
    correlated: await tasksByCorrelation(store, 'fleet', { correlationID: '16-16', source: 'hubble' }, 9),
    list: items,
    named: (await store.list(agentTaskHistory, 'fleet', { name: 'restart', limit: 9 })).items,
    tallies: await store.tallies(agentTaskHistory, 'fleet', november),
    unfinished: await store.unfinished(agentTaskHistory, undefined, undefined, 9),
    highest: await store.highestId(agentTaskHistory),
  };
}

async function copy(file: string, { url, passwordFile = '' }: PostgresPlace): Promise<string> {
  const main = join(import.meta.dirname, '../../../../history/main.ts');
  const flags = ['--copy-from', file, '--history-url', url, '--history-password-file', passwordFile];
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...flags], { env: bareEnvironment() });
  return stdout;
}

/** A file of the first version, with a task in each state, the one that has ended being on a group. */
async function version1File(): Promise<string> {
  const path = await historyPath();
  const file = new Version1(path);
  file.complete({ ...run(1), spec: { groupRef: { name: 'all' }, jobRef: { name: 'restart' } } }, steps);
  file.operation(run(1), 'stop', 'jupiter', 'request-9', '2026-11-21T12:00:05Z');
  file.see(task(2, {}, { phase: 'Running' }));
  file.prune(task(3, { creationTimestamp: '2026-11-01T12:00:00Z' }, endedAt('2026-11-01T12:00:09Z')));
  file.close();
  return path;
}

describeWithPostgres('the move from a SQLite file to PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.close());

  test('takes everything over, after which the history goes on', async () => {
    const path = await historyPath();
    const old = await openHistory(path);
    await complete(old, run(1), steps);
    await complete(old, run(2, { job: 'restart', start: '2026-11-25T12:00:00Z', good: false }), steps);
    await complete(old, task(3, {}, endedAt('2026-11-25T12:00:09Z')), steps);
    await see(old, [task(4)]);
    await complete(old, task(5, { namespace: 'elsewhere' }, endedAt('2026-11-25T12:00:09Z')));
    // The first run is forgotten, and counted still.
    await old.prune(new Date('2026-11-22T00:00:00Z'), 10);
    const before = await told(old);
    await old.close();

    const place = await server.newPlace();
    expect(await copy(path, place)).toContain('"records":5');
    const store = await openIn(place);
    expect(await told(store)).toEqual(before);
    await complete(store, task(4, {}, endedAt('2026-11-26T12:00:00Z')), steps);
    await complete(store, run(6, { job: 'restart' }), steps);
    const { items } = await store.list(agentTaskHistory, 'fleet', { name: 'restart', limit: 9 });
    expect(items.map(({ object }) => object.metadata.name)).toEqual(['task-2', 'task-6']);
    expect((await store.operationsIn('fleet', 1)).map(({ name }) => name)).toEqual(['task-6']);
  });

  test.each([
    ['the first version', version1File, 3],
    ['the version before there were lists', version3File, 6],
  ])('takes a file of %s over in the present form', async (_, fileOf, records) => {
    const there = await told(await openStore(await fileOf()));
    const place = await server.newPlace();
    const path = await fileOf();
    expect(await copy(path, place)).toContain(`"records":${records}`);
    const store = await openIn(place);
    const { named, ...all } = await told(store);
    expect({ named, ...all }).toEqual(there);
    // Lists, of which the file had none.
    expect(named).toMatchObject([{ entry: { name: 'restart' } }]);
    await complete(store, run(9, { job: 'restart' }), steps);
    expect((await store.list(agentTaskHistory, 'fleet', { name: 'restart', limit: 9 })).items).toHaveLength(2);
    // The file is a history still.
    expect(await told(await openStore(path))).toEqual(there);
  });

  test('is refused where there is a history, which stays as it is', async () => {
    const path = await historyPath();
    const old = await openHistory(path);
    await complete(old, run(1), steps);
    await old.close();
    const place = await server.newPlace();
    const store = await openIn(place);
    await complete(store, run(2), steps);
    const before = await told(store);
    await expect(copy(path, place)).rejects.toThrow('has records already, so nothing was copied');
    expect(await told(store)).toEqual(before);
  });
});
