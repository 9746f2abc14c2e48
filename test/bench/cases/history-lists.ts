import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { requestedByAnnotation } from '../../../crds/labels.ts';
import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { agentTaskHistory } from '../../../history/agenttask/kind.ts';
import { copyHistory, openHistoryAt } from '../../../history/open.ts';
import type { HistoryPlace } from '../../../history/settings.ts';
import { openHistory } from '../../../history/sqlite.ts';
import { Database } from '../../../history/sqlite/database.ts';
import type { HistoryStore, ListQuery } from '../../../history/store.ts';
import type { Log } from '../../cluster/binaries/progress.ts';
import { postgresAvailable } from '../../postgres/available.ts';
import { PostgresServer } from '../../postgres/server.ts';
import { quantile } from '../statistics.ts';
import { recordedTask } from './history-tasks.ts';

/** Of one question to one store: p99 of its calls, milliseconds, with few and with many runs recorded. */
export interface ListFigure {
  readonly store: 'SQLite' | 'PostgreSQL';
  readonly question: string;
  readonly few: number;
  readonly many: number;
}

/** What runs are called, and who starts them: so few that a page of each is full with few runs as well. */
const [jobs, users] = [5, 4];
const limit = 20;
/** Days over which the runs are spread, the last thirty of which are counted. */
const days = 60;
const firstDay = Date.UTC(2026, 0, 1);
const calls = 1000;
/** Before those that are measured. */
const warmUp = 30;
const atOnce = 100;

const list = (query: Partial<ListQuery>) => async (store: HistoryStore) =>
  store.list(agentTaskHistory, 'fleet', { limit, ...query });
const tallies = (first: number, last: number) => async (store: HistoryStore) =>
  store.tallies(agentTaskHistory, 'fleet', { first: day(first), last: day(last) });

const questions: Readonly<Record<string, (store: HistoryStore) => Promise<unknown>>> = {
  'a page of a list': list({}),
  '… of one user': list({ user: 'user-1' }),
  '… of what failed': list({ outcome: 'fail' }),
  '… by a part of the name': list({ name: 'ob-1' }),
  '… of some days': list({ firstDay: day(20), lastDay: day(40) }),
  '… by all filters': list({ name: 'ob-1', user: 'user-1', outcome: 'success', firstDay: day(0) }),
  'count of a month': tallies(0, 29),
  'analysis: last': list({ limit: 10 }),
  'analysis: date, hour and runtime': tallies(30, days - 1),
};

/** Asks both stores the same, in turns, with few and with many runs in them. */
export async function measureLists(
  sizes: { readonly few: number; readonly many: number },
  log: Log,
): Promise<readonly ListFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-bench-'));
  const server = (await postgresAvailable()).ok ? await PostgresServer.start() : undefined;
  try {
    const files = { few: join(folder, 'few.sqlite'), many: join(folder, 'many.sqlite') };
    for (const size of ['few', 'many'] as const) {
      log(`history: recording ${sizes[size]} runs on groups`);
      await fill(files[size], sizes.few, sizes[size]);
    }
    const inFiles = await measureBoth('SQLite', { few: { file: files.few }, many: { file: files.many } });
    if (server === undefined) {
      log('history: PostgreSQL is not installed, and is left out');
      return inFiles;
    }
    const places = { few: await server.newPlace(), many: await server.newPlace() };
    for (const size of ['few', 'many'] as const) {
      log(`history: copying ${sizes[size]} runs into PostgreSQL`);
      await copyHistory(files[size], places[size]);
      await server.query('ANALYZE', places[size]);
    }
    return [...inFiles, ...(await measureBoth('PostgreSQL', places))];
  } finally {
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureBoth(
  name: ListFigure['store'],
  places: { readonly few: HistoryPlace; readonly many: HistoryPlace },
): Promise<readonly ListFigure[]> {
  const [few, many] = [
    await openHistoryAt(places.few, { readOnly: true }),
    await openHistoryAt(places.many, { readOnly: true }),
  ];
  try {
    const figures: ListFigure[] = [];
    for (const [question, ask] of Object.entries(questions))
      figures.push({
        store: name,
        question,
        ...(await compare(
          () => ask(few),
          () => ask(many),
        )),
      });
    return figures;
  } finally {
    await few.close();
    await many.close();
  }
}

/** In turns: what else the machine does meets both. */
async function compare(
  few: () => Promise<unknown>,
  many: () => Promise<unknown>,
): Promise<{ readonly few: number; readonly many: number }> {
  for (let call = 0; call < warmUp; call += 1) await Promise.all([few(), many()]);
  const took = { few: [] as number[], many: [] as number[] };
  for (let call = 0; call < calls; call += 1) {
    took.few.push(await timeOf(few));
    took.many.push(await timeOf(many));
  }
  return { few: quantile(took.few, 0.99), many: quantile(took.many, 0.99) };
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Records runs, and copies of them within the file up to the number that is asked for: by calls it takes too long. */
async function fill(path: string, few: number, runs: number): Promise<void> {
  const store = await openHistory(path);
  for (let from = 0; from < few; from += atOnce)
    await Promise.all(
      Array.from({ length: Math.min(atOnce, few - from) }, (_, index) =>
        store.complete(agentTaskHistory, runOf(from + index, few), {}, []),
      ),
    );
  await store.close();
  const database = new Database(path, false);
  const copies = Math.ceil(runs / few) - 1;
  database.transaction(() => {
    for (const sql of [copyRecords, copyListed]) database.run(sql, few, copies);
  });
  database.close();
}

/** Seconds apart; ?1 is the number of the runs, the keys of which are 1 to that, ?2 of their copies. */
const each = 'WITH RECURSIVE copy (n) AS (SELECT 1 WHERE ?2 > 0 UNION ALL SELECT n + 1 FROM copy WHERE n < ?2)';
const copyRecords = `${each}
  INSERT INTO record (key, uid, generation, scope, name, id, created, state, phase, started, ended, object)
  SELECT key + n * ?1, uid || '-' || n, 0, scope, name || '-' || n, id + n * ?1, created + n, state, phase, started + n,
    ended + n, object FROM copy JOIN record ON record.key <= ?1`;
const copyListed = `${each}
  INSERT INTO listed (record, scope, name, user, outcome, began, ran)
  SELECT record + n * ?1, scope, name, user, outcome, began + n, ran FROM copy JOIN listed ON listed.record <= ?1`;

function runOf(number: number, runs: number): AgentTask {
  const task = recordedTask('fleet', number + 1);
  const began = firstDay + Math.floor((number * days * 86_400) / runs) * 1000;
  const { hosts: _, ...status } = task.status ?? {};
  return {
    ...task,
    metadata: {
      ...task.metadata,
      creationTimestamp: timeText(began),
      annotations: { [requestedByAnnotation]: `user-${Math.floor(number / jobs) % users}` },
    },
    spec: { groupRef: { name: 'all' }, jobRef: { name: `job-${number % jobs}` }, source: 'jobx' },
    status: {
      ...status,
      phase: number % 10 === 0 ? 'Failed' : 'Succeeded',
      startTime: timeText(began),
      completionTime: timeText(began + ((number * 37) % 2400) * 1000),
    },
  };
}

function day(number: number): string {
  return timeText(firstDay + number * 86_400_000).slice(0, 10);
}

function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z');
}
