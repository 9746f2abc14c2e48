import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { agentTaskHistory } from '../../../../history/agenttask/kind.ts';
import { HistoryError } from '../../../../history/errors.ts';
import type { PostgresPlace } from '../../../../history/postgres/place.ts';
import { operationsOf } from '../../../../history/recorder/operations.ts';
import type { HistoryStore } from '../../../../history/store.ts';
import { amount, variants } from '../../../harness/matrix.ts';
import { PostgresServer, type Ending } from '../../../postgres/server.ts';
import { complete, find, steps, uidOf } from '../../../unit/history/samples.ts';
import { run } from '../../../unit/history/contract/lists.ts';
import { describeWithPostgres, openIn } from './opened.ts';

/** Records runs one after the other, each until it is said to be recorded, as the recorder's queue does. */
class Writer {
  readonly #store: HistoryStore;
  #told: number[] = [];
  /** Calls that were refused because the database was away. */
  refused = 0;

  constructor(store: HistoryStore) {
    this.#store = store;
  }

  /** Of which it was said that they are on the disk. */
  get told(): readonly number[] {
    return this.#told;
  }

  async record(numbers: Iterable<number>): Promise<void> {
    for (const number of numbers) {
      while (!(await this.#attempt(number)));
      this.#told.push(number);
    }
  }

  async #attempt(number: number): Promise<boolean> {
    try {
      await complete(this.#store, run(number, { start: '2026-11-21T12:00:00Z' }), steps);
      return true;
    } catch (error) {
      if (!(error instanceof HistoryError) || error.code !== 'HISTORY_UNREACHABLE') throw error;
      this.refused += 1;
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
      return false;
    }
  }
}

describeWithPostgres('a history whose PostgreSQL goes away', () => {
  let server: PostgresServer;
  let place: PostgresPlace;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    place = await server.newPlace(8);
  });

  /** What is there is what was recorded, each once and whole. */
  async function expectAll(store: HistoryStore, count: number): Promise<void> {
    const [tally, ...none] = await store.tallies(agentTaskHistory, 'fleet', {
      first: '2026-11-21',
      last: '2026-11-21',
    });
    expect([tally?.total, none]).toEqual([count, []]);
    const { items } = await store.list(agentTaskHistory, 'fleet', { limit: 10_000 });
    expect(new Set(items.map(({ object }) => object.metadata.uid)).size).toBe(count);
    expect(items).toHaveLength(count);
    const uids = Array.from({ length: count }, (_, index) => uidOf(index + 1));
    const rows = await store.rows(agentTaskHistory, 'step', uids);
    expect(rows).toHaveLength(count * steps.length);
    const operations = await server.query('SELECT count(*)::int AS count FROM operation', place);
    expect(operations).toEqual([{ count: count * operationsOf(run(1)).length }]);
  }

  test.each(['fast', 'kill', 'commit'] satisfies Ending[])(
    'loses nothing and does nothing twice when it is ended (%s) again and again while runs are recorded',
    async (ending) => {
      const store = await openIn(place);
      const runs = { begun: 0, enough: false };
      const numbers = (function* () {
        while (!runs.enough) yield (runs.begun += 1);
      })();
      const writers = Array.from({ length: 8 }, () => new Writer(store));
      const written = Promise.all(writers.map((writer) => writer.record(numbers)));
      const told = (): number => writers.reduce((sum, writer) => sum + writer.told.length, 0);
      const refused = (): number => writers.reduce((sum, writer) => sum + writer.refused, 0);
      try {
        for (let times = amount(2, 10); times > 0; times -= 1) {
          // In the midst of the next commits.
          const before = { told: told(), refused: refused() };
          await expect.poll(told, { interval: 3 }).toBeGreaterThan(before.told + 15);
          await server.stop(ending);
          await expect.poll(refused).toBeGreaterThan(before.refused);
          await server.start();
        }
      } finally {
        runs.enough = true;
      }
      await written;
      await expectAll(await openIn(place, { readOnly: true }), runs.begun);
    },
  );

  test('says so, and answers again when it is back, on connections that it had before', async () => {
    const writing = await openIn(place);
    const reading = await openIn(place, { readOnly: true });
    await complete(writing, run(1), steps);
    expect((await find(reading, 1))?.complete).toBe(true);
    await server.stop();
    await expect(find(reading, 1)).rejects.toMatchObject({
      code: 'HISTORY_UNREACHABLE',
      message: expect.stringContaining('the database does not answer'),
    });
    await server.start();
    expect((await find(reading, 1))?.complete).toBe(true);
    await complete(writing, run(2), steps);
    expect((await find(reading, 2))?.complete).toBe(true);
  });

  test.each(variants(['stands still'], []))('is given up as away when it %s, and answers again later', async () => {
    const writing = await openIn(place);
    const reading = await openIn(place, { readOnly: true });
    await complete(writing, run(1), steps);
    expect((await find(reading, 1))?.complete).toBe(true);
    const thaw = await server.freeze();
    try {
      await expect(find(reading, 1)).rejects.toMatchObject({ code: 'HISTORY_UNREACHABLE' });
    } finally {
      thaw();
    }
    await expect.poll(async () => (await find(reading, 1))?.complete).toBe(true);
    await complete(writing, run(2), steps);
    await expectAll(reading, 2);
  });

  test('is waited for by who starts before it', async () => {
    await server.stop();
    const opening = openIn(place);
    await server.start();
    await complete(await opening, run(1), steps);
    expect((await find(await openIn(place, { readOnly: true }), 1))?.complete).toBe(true);
  });
});
