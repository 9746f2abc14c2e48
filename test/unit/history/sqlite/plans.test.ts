import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import { Database } from '../../../../history/sqlite/database.ts';
import { readCalls } from '../contract/calls.ts';
import { run } from '../contract/lists.ts';
import { complete, historyPath, openStore, steps } from '../samples.ts';

/** Tables, or what statements call them, that grow with what is recorded. */
const large = /^SCAN (record|listed|operation|found_by|tally|text|detail|agenttask_\w+|owner|later|pruned)\b/;

describe('no question makes SQLite go through a table', () => {
  let path: string;
  beforeEach(async () => {
    path = await historyPath();
    await complete(await openStore(path), run(1), steps);
  });

  test.each(Object.entries(readCalls))('%s', async (_, call) => {
    const store = await openStore(path, { readOnly: true });
    const [all, get] = [vi.spyOn(Database.prototype, 'all'), vi.spyOn(Database.prototype, 'get')];
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    await call(store);
    const statements = [...all.mock.calls, ...get.mock.calls];
    vi.restoreAllMocks();
    expect(statements.length).toBeGreaterThan(0);
    const database = new Database(path, true);
    const plans = statements.flatMap(([sql, ...values]) =>
      database.all(`EXPLAIN QUERY PLAN ${sql}`, ...values).map(({ detail }) => String(detail)),
    );
    database.close();
    expect(plans.filter((plan) => large.test(plan))).toEqual([]);
    // Without its index a page would be sorted out of all that fits.
    expect(plans.filter((plan) => /^SEARCH listed\b(?!.*listed_by_)/.test(plan))).toEqual([]);
  });
});
