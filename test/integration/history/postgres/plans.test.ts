import { afterAll, beforeAll, expect, test } from 'vitest';

import { agentTaskHistory } from '../../../../history/agenttask/kind.ts';
import { tasksByCorrelation, stepsOf } from '../../../../history/agenttask/lookups.ts';
import { openPostgresHistory } from '../../../../history/postgres.ts';
import type { PostgresPlace } from '../../../../history/postgres/place.ts';
import type { HistoryStore } from '../../../../history/store.ts';
import { PostgresServer } from '../../../postgres/server.ts';
import { readCalls } from '../../../unit/history/contract/calls.ts';
import { run } from '../../../unit/history/contract/lists.ts';
import { complete, find, steps, uidOf } from '../../../unit/history/samples.ts';
import { describeWithPostgres } from './opened.ts';

const many = 20_000;
/** Rows that one node of a plan may read: a page of a hundred from each of some places. */
const most = 1000;

/** What the server noted of a node that reads a table: which way, and how many rows in all. */
interface Reading {
  readonly how: string;
  readonly rows: number;
}

/** Where the server tells how each statement was carried out. */
const settings = [
  'session_preload_libraries=auto_explain',
  'auto_explain.log_min_duration=0',
  'auto_explain.log_analyze=on',
  'auto_explain.log_buffers=on',
  'auto_explain.log_timing=off',
];

function readingsIn(log: string): readonly Reading[] {
  const node = /((?:Seq|Index(?: Only)?|Bitmap (?:Heap|Index)) Scan[^(\n]*?) \(.*?actual rows=(\d+) loops=(\d+)\)/g;
  return Array.from(log.matchAll(node), ([, how = '', rows, loops]) => ({ how, rows: Number(rows) * Number(loops) }));
}

/** How many pages the statement read that read the most. */
function pagesIn(log: string): number {
  const pages = /Buffers: shared hit=(\d+)(?: read=(\d+))?/g;
  return Math.max(0, ...Array.from(log.matchAll(pages), ([, hit, read = 0]) => Number(hit) + Number(read)));
}

const days = (firstDay: string, lastDay: string) => async (asked: HistoryStore) =>
  asked.list(agentTaskHistory, 'fleet', { limit: 100, firstDay, lastDay });

describeWithPostgres('with twenty thousand runs in PostgreSQL', () => {
  let server: PostgresServer;
  let place: PostgresPlace;
  let store: HistoryStore;
  beforeAll(async () => {
    server = await PostgresServer.start({ settings });
    place = await server.newPlace();
    store = await openPostgresHistory(place);
    await complete(store, run(1), steps);
    await server.query(fill, place);
  });
  afterAll(async () => {
    await store.close();
    await server.close();
  });

  /** What the server noted meanwhile. */
  async function logOf(call: (asked: HistoryStore) => Promise<unknown>): Promise<string> {
    const before = (await server.log()).length;
    await call(store);
    return (await server.log()).slice(before);
  }

  test('a list of days long past reads as many pages as one of the last days', async () => {
    const last = pagesIn(await logOf(days('2026-11-22', '2026-12-31')));
    const past = pagesIn(await logOf(days('2026-11-22', '2026-11-23')));
    expect(last).toBeGreaterThan(0);
    expect(past).toBeLessThan(1.1 * last);
  });

  test.each(Object.entries(readCalls))('%s reads no table whole', async (_, call) => {
    const readings = readingsIn(await logOf(call));
    expect(readings.length).toBeGreaterThan(0);
    const small = /Seq Scan on (scope|listed_name|version)\b/;
    expect(readings.filter(({ how, rows }) => rows > most || (how.startsWith('Seq') && !small.test(how)))).toEqual([]);
  });

  test('runs are found as ever', async () => {
    expect((await find(store, 1))?.complete).toBe(true);
    expect(await stepsOf(store, [uidOf(1)])).toHaveLength(steps.length);
    expect(await tasksByCorrelation(store, 'fleet', { correlationID: '1', source: 'a' }, 9)).toEqual([]);
    expect(await store.highestId(agentTaskHistory)).toBe(many + 1);
  });
});

/** Copies of the one run, with their lines in every table. */
const fill = `
  INSERT INTO record (uid, generation, scope, name, id, created, state, phase, started, ended, object)
    SELECT 'copy-' || n, 0, scope, 'copy-' || n, n + 1, created + n, 1, phase, started + n * 60, ended + n * 60, object
    FROM record, generate_series(1, ${many}) AS n;
  INSERT INTO listed (record, scope, name, "user", outcome, began, ran)
    SELECT key, scope, 'job-' || key % 5, 'user-' || key % 4, CASE key % 10 WHEN 0 THEN 'fail' ELSE 'success' END,
      started, true FROM record WHERE uid LIKE 'copy-%';
  INSERT INTO listed_name SELECT DISTINCT scope, name FROM listed ON CONFLICT DO NOTHING;
  INSERT INTO tally SELECT scope, to_char(to_timestamp(began), 'YYYY-MM-DD'), outcome, count(*), '{1}', '{1}'
    FROM listed WHERE name LIKE 'job-%' GROUP BY 1, 2, 3 ON CONFLICT DO NOTHING;
  INSERT INTO tally SELECT scope, to_char(date '2010-01-01' + n, 'YYYY-MM-DD'), 'success', 1, '{1}', '{1}'
    FROM listed, generate_series(1, 5000) AS n WHERE record = 1;
  INSERT INTO operation (record, scope, operation, number, request_id, "user", time)
    SELECT key, scope, 'stop', 1, 'request', 'ann', started FROM record WHERE uid LIKE 'copy-%';
  INSERT INTO agenttask_step (record, number, host) SELECT key, 0, 'host-a' FROM record WHERE uid LIKE 'copy-%';
  INSERT INTO agenttask_host (record, number, name) SELECT key, 0, 'host-a' FROM record WHERE uid LIKE 'copy-%';
  INSERT INTO found_by SELECT scope, 'correlation', 'copy-' || key, created, key FROM record WHERE uid LIKE 'copy-%';
  ANALYZE;
`;
