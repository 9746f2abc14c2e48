import { pause } from '../kube/backoff.ts';
import { systemClock, type Clock } from '../kube/clock.ts';
import type { KubeObject, ObjectKey } from '../kube/objects.ts';
import { HistoryError } from './errors.ts';
import type { HistoryKind, Row, Rows } from './kind.ts';
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
import { secondsOf } from './storage/forms.ts';
import type { HistoryStore, Knowledge, ListQuery, LoggedOperation, Operation, Page, Recorded, Tally } from './store.ts';

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
    return new PostgresHistory(database, clock, kinds);
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

class PostgresHistory implements HistoryStore {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #kinds: ReadonlyMap<string, HistoryKind>;

  constructor(database: Database, clock: Clock, kinds: readonly HistoryKind[]) {
    this.#database = database;
    this.#clock = clock;
    this.#kinds = new Map(kinds.map((kind) => [kind.type.kind, kind]));
  }

  async byId<T extends KubeObject>(
    kind: HistoryKind<T>,
    namespace: string | undefined,
    id: number,
  ): Promise<Recorded<T> | undefined> {
    return readById(this.#database, kind, namespace, id);
  }

  async byName<T extends KubeObject>(kind: HistoryKind<T>, key: ObjectKey): Promise<Recorded<T> | undefined> {
    return readByName(this.#database, kind, key);
  }

  async byUid<T extends KubeObject>(kind: HistoryKind<T>, uid: string): Promise<readonly Recorded<T>[]> {
    return readByUid(this.#database, kind, uid);
  }

  async byField<T extends KubeObject>(
    kind: HistoryKind<T>,
    namespace: string | undefined,
    field: { readonly name: string; readonly value: string },
    limit: number,
  ): Promise<readonly Recorded<T>[]> {
    return readByField(this.#database, kind, namespace, field, limit);
  }

  async rows(
    kind: HistoryKind,
    table: string,
    uids: readonly string[],
    where?: { readonly column: string; readonly value: string },
    limit = Number.MAX_SAFE_INTEGER,
  ): Promise<readonly { readonly uid: string; readonly row: Row }[]> {
    return readDetails(this.#database, kind, table, uids, where, limit);
  }

  async operations(uid: string): Promise<readonly Operation[]> {
    return readOperations(this.#database, uid);
  }

  async operationsIn(
    namespace: string | undefined,
    limit: number,
    before = Number.MAX_SAFE_INTEGER,
  ): Promise<readonly LoggedOperation[]> {
    return readOperationsIn(this.#database, namespace, limit, before);
  }

  async list<T extends KubeObject>(
    kind: HistoryKind<T>,
    namespace: string | undefined,
    query: ListQuery,
  ): Promise<Page<T>> {
    return readList(this.#database, kind, namespace, query);
  }

  async tallies(
    kind: HistoryKind,
    namespace: string | undefined,
    days: { readonly first: string; readonly last: string },
  ): Promise<readonly Tally[]> {
    return readTallies(this.#database, kind, namespace, days);
  }

  async completed(kind: HistoryKind, uids: readonly string[]): Promise<ReadonlySet<string>> {
    return readCompleted(this.#database, kind, uids);
  }

  async highestId(kind: HistoryKind): Promise<number> {
    return readHighestId(this.#database, kind);
  }

  async knowledge<T extends KubeObject>(kind: HistoryKind<T>, object: T): Promise<Knowledge> {
    const { uid, generation } = refOf(kind, object);
    const state = await readState(this.#database, uid, generation);
    if (state === undefined) return 'none';
    return state === 0 ? 'seen' : 'complete';
  }

  async unfinished<T extends KubeObject>(
    kind: HistoryKind<T>,
    namespace: string | undefined,
    after: string | undefined,
    limit: number,
  ): Promise<readonly T[]> {
    return readUnfinished(this.#database, kind, namespace, after, limit);
  }

  async see<T extends KubeObject>(
    kind: HistoryKind<T>,
    objects: readonly T[],
    operations: readonly Operation[],
  ): Promise<void> {
    await this.#write(async (queries) => {
      await lockObjects(queries, uidsOf(objects, operations));
      for (const object of objects) await writeSeen(queries, kind, object, this.#clock.now());
      await writeOperations(queries, operations);
    });
  }

  async complete<T extends KubeObject>(
    kind: HistoryKind<T>,
    object: T,
    attachments: Rows,
    operations: readonly Operation[],
  ): Promise<void> {
    await this.#write(async (queries) => {
      await lockObjects(queries, uidsOf([object], operations));
      await writeComplete(queries, kind, object, attachments, this.#clock.now());
      await writeOperations(queries, operations);
    });
  }

  async prune(endedBefore: Date, limit: number): Promise<number> {
    return this.#write((queries) => pruneRecords(queries, this.#kinds, secondsOf(endedBefore), limit));
  }

  async size(): Promise<number> {
    const row = await this.#database.get(
      `SELECT sum(pg_total_relation_size(oid))::bigint AS bytes FROM pg_class
       WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace`,
    );
    return Number(row?.['bytes'] ?? 0);
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  async #write<R>(work: (queries: Queries) => Promise<R>): Promise<R> {
    if (this.#database.readOnly)
      throw new HistoryError(
        'HISTORY_NOT_WRITABLE',
        `the history ${this.#database.place} is open for reading only: only the recorder writes it`,
      );
    return this.#database.transaction(work);
  }
}

function uidsOf(objects: readonly KubeObject[], operations: readonly Operation[]): readonly string[] {
  return [...objects.map(({ metadata }) => metadata.uid ?? ''), ...operations.map(({ uid }) => uid)];
}
