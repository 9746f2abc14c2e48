import { HistoryError } from './errors.ts';
import type { HistoryOptions } from './options.ts';
import { shownPlace } from './postgres/place.ts';
import type { HistoryPlace } from './settings.ts';
import type { HistoryStore } from './store.ts';

/** Opens a history wherever it is kept; makes it when it is not there. @throws HistoryError */
export async function openHistoryAt(place: HistoryPlace, options: HistoryOptions = {}): Promise<HistoryStore> {
  // Loaded only now: of SQLite and of the client of PostgreSQL nobody needs both.
  if ('file' in place) return (await import('./sqlite.ts')).openHistory(place.file, options);
  return (await import('./postgres.ts')).openPostgresHistory(place, options);
}

/** The place as it may be shown. */
export function placeText(place: HistoryPlace): string {
  return 'file' in place ? place.file : shownPlace(place);
}

/**
 * Copies a SQLite file into a database that has no history yet: all of it or nothing.
 * @returns how many records. @throws HistoryError
 */
export async function copyHistory(file: string, place: HistoryPlace): Promise<number> {
  if ('file' in place)
    throw new HistoryError('HISTORY_REFUSED', 'a history is copied into a database, not into a file');
  const { copyIntoPostgres } = await import('./postgres.ts');
  return copyIntoPostgres(file, place);
}
