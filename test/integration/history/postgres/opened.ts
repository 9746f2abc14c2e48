import { describe, onTestFinished } from 'vitest';

import type { HistoryOptions } from '../../../../history/options.ts';
import { openPostgresHistory } from '../../../../history/postgres.ts';
import { Database } from '../../../../history/postgres/database.ts';
import type { PostgresPlace } from '../../../../history/postgres/place.ts';
import type { HistoryStore } from '../../../../history/store.ts';
import { postgresAvailable } from '../../../postgres/available.ts';

const available = await postgresAvailable();
const skipNote = available.ok ? '' : ` (skipped: ${available.reason})`;

/** Tests that need PostgreSQL: where there is none they are skipped, and their names say what to install. */
export function describeWithPostgres(name: string, tests: () => void): void {
  describe.skipIf(!available.ok)(`${name}${skipNote}`, () => {
    tests();
  });
}

/** A history that is closed with the test. */
export async function openIn(place: PostgresPlace, options: HistoryOptions = {}): Promise<HistoryStore> {
  const store = await openPostgresHistory(place, options);
  onTestFinished(() => store.close());
  return store;
}

/** The connections by themselves, which are closed with the test. */
export async function databaseOf(place: PostgresPlace): Promise<Database> {
  const database = await Database.of(place, false);
  onTestFinished(() => database.close());
  return database;
}
