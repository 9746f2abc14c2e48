import { statSync } from 'node:fs';

import { systemClock, type Clock } from '../kube/clock.ts';
import type { HistoryKind } from './kind.ts';
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
import { onlyForReading } from './storage/causes.ts';
import { knowledgeOf, secondsOf } from './storage/forms.ts';
import type { HistoryStore } from './store.ts';

/**
 * Opens the history in a SQLite file, which several processes of one machine may have open at once. Makes the file
 * (mode 0600) and its folder when they are not there, and brings an older file to the present form.
 * @throws HistoryError
 */
export async function openHistory(path: string, options: HistoryOptions = {}): Promise<HistoryStore> {
  const { readOnly = false, clock = systemClock, kinds = allKinds } = options;
  return historyIn(await openDatabase(path, readOnly, kinds), clock, kinds);
}

function historyIn(database: Database, clock: Clock, kinds: readonly HistoryKind[]): HistoryStore {
  const commits = new Commits(database);
  const byName = new Map(kinds.map((kind) => [kind.type.kind, kind]));
  const write = async <R>(work: () => R): Promise<R> => {
    if (database.readOnly) throw onlyForReading(database.path);
    return commits.run(work);
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
      return knowledgeOf(readState(database, uid, generation));
    },
    unfinished: async (kind, namespace, after, limit) => readUnfinished(database, kind, namespace, after, limit),
    see: async (kind, objects, operations) =>
      write(() => {
        for (const object of objects) writeSeen(database, kind, object, clock.now());
        writeOperations(database, operations);
      }),
    complete: async (kind, object, attachments, operations) =>
      write(() => {
        writeComplete(database, kind, object, attachments, clock.now());
        writeOperations(database, operations);
      }),
    async prune(endedBefore, limit) {
      const pruned = await write(() => pruneRecords(database, byName, secondsOf(endedBefore), limit));
      giveBackRoom(database);
      return pruned;
    },
    size: async () => sizeOf(database.path),
    async close() {
      commits.flush();
      database.close();
    },
  };
}

/** Bytes, with what is not yet taken over from the write-ahead log. */
function sizeOf(file: string): number {
  return [file, `${file}-wal`].reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
}
