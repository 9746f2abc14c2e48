import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

import { pause } from '../../kube/backoff.ts';
import { HistoryError } from '../errors.ts';
import type { HistoryKind } from '../kind.ts';
import { Database } from './database.ts';
import { hasDetailTables, makeDetailTables } from './details.ts';
import { historyError } from './errors.ts';
import { fillLists, hasLists } from './lists.ts';
import { checkedVersion, migrate } from './migrate.ts';
import { migrations } from './schema.ts';

/** Tries, and milliseconds between them: SQLite waits for no lock while it changes the journal mode. */
const tries = 20;
const betweenTries = 100;

/**
 * Opens the file, and makes it and its folder when they are not there. Also for one who only reads: whoever starts
 * first must not have to wait for the other.
 * @throws HistoryError
 */
export async function openDatabase(path: string, readOnly: boolean, kinds: readonly HistoryKind[]): Promise<Database> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (!readOnly) return openForWriting(path, kinds);
      if (!isReady(path, kinds)) openForWriting(path, kinds).close();
      return new Database(path, true);
    } catch (error) {
      if (!(error instanceof HistoryError) || error.code !== 'HISTORY_BUSY' || attempt === tries)
        throw missing(path, readOnly, error);
      await pause(betweenTries, undefined);
    }
  }
}

function openForWriting(path: string, kinds: readonly HistoryKind[]): Database {
  create(path);
  const database = new Database(path, false);
  try {
    // Before anything is changed: a later release may have written it.
    checkedVersion(database);
    // Before the first table, or not at all: lets `prune` give room back to the file system.
    database.exec('PRAGMA auto_vacuum = INCREMENTAL');
    const mode = database.get('PRAGMA journal_mode = WAL')?.['journal_mode'];
    if (mode !== 'wal')
      throw new HistoryError(
        'HISTORY_NOT_WRITABLE',
        `the history ${path} is on a file system that several processes cannot share ` +
          `(journal mode ${String(mode)}): put it on a local disk, not on NFS or the like`,
      );
    // FULL: a task is released for deletion once it is recorded, so that what was committed must also outlive a power
    // cut. With NORMAL the last commits would be gone, and nobody could record them again. Commits are shared (see
    // commits.ts), which makes up for its price.
    database.exec('PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864');
    migrate(database);
    makeDetailTables(database, kinds);
    fillLists(database, kinds);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Whether there is a file of the present form. @throws HistoryError for one of a later version */
function isReady(path: string, kinds: readonly HistoryKind[]): boolean {
  if (!existsSync(path)) return false;
  const database = new Database(path, true);
  try {
    return (
      checkedVersion(database) === migrations.length && hasDetailTables(database, kinds) && hasLists(database, kinds)
    );
  } finally {
    database.close();
  }
}

/** SQLite gives its other files the mode of this one. */
function create(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a', 0o600));
  } catch (error) {
    throw historyError(path, error);
  }
}

function missing(path: string, readOnly: boolean, error: unknown): unknown {
  if (!readOnly || existsSync(path)) return error;
  return new HistoryError(
    'HISTORY_MISSING',
    `there is no history ${path}, and it cannot be made here: start the recorder first, and give both the same file`,
    { cause: error },
  );
}
