import { statSync } from 'node:fs';

import { systemClock, type Clock } from '../kube/clock.ts';
import type { KubeObject, ObjectKey } from '../kube/objects.ts';
import { HistoryError } from './errors.ts';
import type { HistoryKind, Row, Rows } from './kind.ts';
import { kinds as allKinds } from './kinds.ts';
import type { HistoryOptions } from './options.ts';
import { refOf } from './records.ts';
import { Commits } from './sqlite/commits.ts';
import type { Database } from './sqlite/database.ts';
import { readCompleted, readList, readTallies } from './sqlite/lists.ts';
import { openDatabase } from './sqlite/open.ts';
import { readOperations, readOperationsIn, writeOperations } from './sqlite/operations.ts';
import { giveBackRoom, pruneRecords } from './sqlite/prune.ts';
import {
  readByField,
  readById,
  readByName,
  readByUid,
  readDetails,
  readHighestId,
  readState,
  readUnfinished,
} from './sqlite/reads.ts';
import { writeComplete, writeSeen } from './sqlite/writes.ts';
import type { HistoryStore, Knowledge, ListQuery, LoggedOperation, Operation, Page, Recorded, Tally } from './store.ts';

/**
 * Opens the history in a SQLite file, which several processes of one machine may have open at once. Makes the file
 * (mode 0600) and its folder when they are not there, and brings an older file to the present form.
 * @throws HistoryError
 */
export async function openHistory(path: string, options: HistoryOptions = {}): Promise<HistoryStore> {
  const { readOnly = false, clock = systemClock, kinds = allKinds } = options;
  return new SqliteHistory(await openDatabase(path, readOnly, kinds), clock, kinds);
}

class SqliteHistory implements HistoryStore {
  readonly #database: Database;
  readonly #commits: Commits;
  readonly #clock: Clock;
  readonly #kinds: ReadonlyMap<string, HistoryKind>;

  constructor(database: Database, clock: Clock, kinds: readonly HistoryKind[]) {
    this.#database = database;
    this.#commits = new Commits(database);
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
    const state = readState(this.#database, uid, generation);
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
    await this.#write(() => {
      for (const object of objects) writeSeen(this.#database, kind, object, this.#clock.now());
      writeOperations(this.#database, operations);
    });
  }

  async complete<T extends KubeObject>(
    kind: HistoryKind<T>,
    object: T,
    attachments: Rows,
    operations: readonly Operation[],
  ): Promise<void> {
    await this.#write(() => {
      writeComplete(this.#database, kind, object, attachments, this.#clock.now());
      writeOperations(this.#database, operations);
    });
  }

  async prune(endedBefore: Date, limit: number): Promise<number> {
    const before = Math.floor(endedBefore.getTime() / 1000);
    const pruned = await this.#write(() => pruneRecords(this.#database, this.#kinds, before, limit));
    giveBackRoom(this.#database);
    return pruned;
  }

  async size(): Promise<number> {
    return sizeOf(this.#database.path);
  }

  async close(): Promise<void> {
    this.#commits.flush();
    this.#database.close();
  }

  async #write<R>(work: () => R): Promise<R> {
    if (this.#database.readOnly)
      throw new HistoryError(
        'HISTORY_NOT_WRITABLE',
        `the history ${this.#database.path} is open for reading only: only the recorder writes it`,
      );
    return this.#commits.run(work);
  }
}

/** Bytes, with what is not yet taken over from the write-ahead log. */
function sizeOf(file: string): number {
  return [file, `${file}-wal`].reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
}
