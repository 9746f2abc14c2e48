import { pause } from '../kube/backoff.ts';
import { systemClock, type Clock } from '../kube/clock.ts';
import type { KubeObject } from '../kube/objects.ts';
import { HistoryError } from './errors.ts';
import type { HistoryKind } from './kind.ts';
import { kinds as allKinds } from './kinds.ts';
import { copyFile } from './postgres/copy.ts';
import { Database, type Queries } from './postgres/database.ts';
import { readDetails } from './postgres/details.ts';
import { readCompleted, readList, readTallies } from './postgres/lists.ts';
import { migrate } from './postgres/migrate.ts';
import { readOperations, readOperationsIn, writeOperations } from './postgres/operations.ts';
import type { PostgresPlace } from './postgres/place.ts';
import { pruneRecords } from './postgres/prune.ts';
import {
  readByField,
  readById,
  readByName,
  readByUid,
  readHighestId,
  readState,
  readUnfinished,
} from './postgres/reads.ts';
import { lockObjects, writeComplete, writeSeen } from './postgres/writes.ts';
import { refOf } from './records.ts';
import type { HistoryOptions } from './options.ts';
import { openDatabase } from './sqlite/open.ts';
import { onlyForReading } from './storage/causes.ts';
import { knowledgeOf, secondsOf } from './storage/forms.ts';
import type { HistoryStore, Operation } from './store.ts';

/** So long (milliseconds) a database that does not answer yet is waited for, and between two tries. */
const patience = 20_000;
const betweenTries = 500;

/**
 * Opens the history in a PostgreSQL database, which any number of processes on any machine may have open at once. Makes
 * the tables when they are not there, and brings older ones to the present form.
 * @throws HistoryError
 */
export async function openPostgresHistory(place: PostgresPlace, options: HistoryOptions = {}): Promise<HistoryStore> {
  const { readOnly = false, clock = systemClock, kinds = allKinds } = options;
  const database = await Database.of(place, readOnly);
  try {
    await patiently(() => migrate(database, kinds));
    return historyIn(database, clock, kinds);
  } catch (error) {
    await database.close();
    throw error;
  }
}

/**
 * Copies the history of a SQLite file into a database that has none yet: all of it or nothing.
 * @returns how many records. @throws HistoryError
 */
export async function copyIntoPostgres(path: string, place: PostgresPlace): Promise<number> {
  const file = await openDatabase(path, true, allKinds);
  const database = await Database.of(place, false);
  try {
    await patiently(() => migrate(database, allKinds));
    return await copyFile(file, database, allKinds);
  } finally {
    await database.close();
    file.close();
  }
}

async function patiently(work: () => Promise<void>): Promise<void> {
  for (const giveUp = performance.now() + patience; ;) {
    try {
      await work();
      return;
    } catch (error) {
      const waits = error instanceof HistoryError && error.code === 'HISTORY_UNREACHABLE';
      if (!waits || performance.now() > giveUp) throw error;
      await pause(betweenTries, undefined);
    }
  }
}

function historyIn(database: Database, clock: Clock, kinds: readonly HistoryKind[]): HistoryStore {
  const byName = new Map(kinds.map((kind) => [kind.type.kind, kind]));
  const write = async <R>(work: (queries: Queries) => Promise<R>): Promise<R> => {
    if (database.readOnly) throw onlyForReading(database.place);
    return database.transaction(work);
  };
  return {
    byId: async (kind, namespace, id) => readById(database, kind, namespace, id),
    byName: async (kind, key) => readByName(database, kind, key),
    byUid: async (kind, uid) => readByUid(database, kind, uid),
    byField: async (kind, namespace, field, limit) => readByField(database, kind, namespace, field, limit),
    rows: async (kind, table, uids, where, limit = Number.MAX_SAFE_INTEGER) =>
      readDetails(database, kind, table, uids, where, limit),
    operations: async (uid) => readOperations(database, uid),
    operationsIn: async (namespace, limit, before = Number.MAX_SAFE_INTEGER) =>
      readOperationsIn(database, namespace, limit, before),
    list: async (kind, namespace, query) => readList(database, kind, namespace, query),
    tallies: async (kind, namespace, days) => readTallies(database, kind, namespace, days),
    completed: async (kind, uids) => readCompleted(database, kind, uids),
    highestId: async (kind) => readHighestId(database, kind),
    async knowledge(kind, object) {
      const { uid, generation } = refOf(kind, object);
      return knowledgeOf(await readState(database, uid, generation));
    },
    unfinished: async (kind, namespace, after, limit) => readUnfinished(database, kind, namespace, after, limit),
    see: async (kind, objects, operations) =>
      write(async (queries) => {
        await lockObjects(queries, uidsOf(objects, operations));
        for (const object of objects) await writeSeen(queries, kind, object, clock.now());
        await writeOperations(queries, operations);
      }),
    complete: async (kind, object, attachments, operations) =>
      write(async (queries) => {
        await lockObjects(queries, uidsOf([object], operations));
        await writeComplete(queries, kind, object, attachments, clock.now());
        await writeOperations(queries, operations);
      }),
    prune: async (endedBefore, limit) =>
      write(async (queries) => pruneRecords(queries, byName, secondsOf(endedBefore), limit)),
    async size() {
      const row = await database.get(
        `SELECT sum(pg_total_relation_size(oid))::bigint AS bytes FROM pg_class
         WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace`,
      );
      return Number(row?.['bytes'] ?? 0);
    },
    close: async () => database.close(),
  };
}

function uidsOf(objects: readonly KubeObject[], operations: readonly Operation[]): readonly string[] {
  return [...objects.map(({ metadata }) => metadata.uid ?? ''), ...operations.map(({ uid }) => uid)];
}
