import { HistoryError } from '../errors.ts';
import type { Database } from './database.ts';
import { migrations } from './schema.ts';

/**
 * Brings the file to the form that this program knows, each step in a transaction of its own; several processes may do
 * so at once.
 * @throws HistoryError HISTORY_NEWER for a file that a later release has changed
 */
export function migrate(database: Database, steps: readonly string[] = migrations): void {
  database.exec('CREATE TABLE IF NOT EXISTS version (version INTEGER PRIMARY KEY, migrated TEXT NOT NULL) STRICT');
  // A table that is made anew goes for a moment. Not a thing to be done within a transaction.
  database.exec('PRAGMA foreign_keys = OFF');
  for (let version = checkedVersion(database, steps.length); version < steps.length; version += 1) {
    database.transaction(() => {
      // Asked again under the lock: another process may have been faster.
      if (versionOf(database) !== version) return;
      database.exec(steps[version] ?? '');
      database.run('INSERT INTO version (version, migrated) VALUES (?, ?)', version + 1, new Date().toISOString());
    });
  }
  database.exec('PRAGMA foreign_keys = ON');
}

/** @returns the version of the file, 0 for an empty one. @throws HistoryError HISTORY_NEWER */
export function checkedVersion(database: Database, known = migrations.length): number {
  const version = versionOf(database);
  if (version > known) {
    throw new HistoryError(
      'HISTORY_NEWER',
      `the history ${database.path} has version ${version}, this program knows ${known} at most: ` +
        'a later release of Fleetwright has written it; run that one, or name another file',
    );
  }
  return version;
}

function versionOf(database: Database): number {
  const table = database.get(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'version'`);
  return table === undefined
    ? 0
    : Number(database.get('SELECT max(version) AS version FROM version')?.['version'] ?? 0);
}
