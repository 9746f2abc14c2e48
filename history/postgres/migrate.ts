import { HistoryError } from '../errors.ts';
import type { HistoryKind } from '../kind.ts';
import type { Database, Queries } from './database.ts';
import { hasDetailTables, makeDetailTables } from './details.ts';
import { migrations } from './schema.ts';

/** By this number all our programs know the lock under which the tables are changed. */
const lock = 7_206_453_211;

/**
 * Brings the database to the form that this program knows, with the tables of these kinds: all of it or nothing. Of
 * several processes that start one does it, while the others wait. Where all is there nothing is written, so that who
 * may only read can start as well.
 * @throws HistoryError HISTORY_NEWER for a database that a later release has changed
 */
export async function migrate(
  database: Database,
  kinds: readonly HistoryKind[],
  steps: readonly string[] = migrations,
): Promise<void> {
  if (await isReady(database, database.place, kinds, steps.length)) return;
  await database.transaction(async (queries) => {
    await queries.all('SELECT pg_advisory_xact_lock($1)', lock);
    await queries.all(
      'CREATE TABLE IF NOT EXISTS version (version integer PRIMARY KEY, migrated timestamptz NOT NULL DEFAULT now())',
    );
    for (
      let version = await checkedVersion(queries, database.place, steps.length);
      version < steps.length;
      version += 1
    ) {
      await queries.all(steps[version] ?? '');
      await queries.all('INSERT INTO version (version) VALUES ($1)', version + 1);
    }
    await makeDetailTables(queries, kinds);
  });
}

async function isReady(
  queries: Queries,
  place: string,
  kinds: readonly HistoryKind[],
  known: number,
): Promise<boolean> {
  const there = await queries.get(`SELECT to_regclass('version') IS NOT NULL AS there`);
  if (there?.['there'] !== true) return false;
  return (await checkedVersion(queries, place, known)) === known && (await hasDetailTables(queries, kinds));
}

async function checkedVersion(queries: Queries, place: string, known: number): Promise<number> {
  const version = Number((await queries.get('SELECT max(version) AS version FROM version'))?.['version'] ?? 0);
  if (version > known)
    throw new HistoryError(
      'HISTORY_NEWER',
      `the history ${place} has version ${version}, this program knows ${known} at most: ` +
        'a later release of Fleetwright has written it; run that one, or name another database',
    );
  return version;
}
