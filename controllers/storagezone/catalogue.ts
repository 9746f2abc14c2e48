import type { CatalogueEntry } from '../shared/storage/catalogue.ts';
import type { Backup } from '../shared/storage/driver.ts';
import type { Intent } from './intents.ts';

/** Records that one pass copies, so that none takes long. */
const mostAtOnce = 10;

/** What is to be done for the catalogue to tell of all backups that the zone has. Nothing is ever taken out of it. */
export function catalogueOrders(backups: readonly Backup[], catalogue: readonly CatalogueEntry[]): readonly Intent[] {
  const known = new Map(catalogue.map((entry) => [entry.backup.id, entry]));
  const seen = new Set(backups.map(({ id }) => id));
  const toCopy = backups
    .filter((backup) => backup.status === 'available' && !known.has(backup.id))
    // The newest first: should the zone die now, they are what is wanted.
    .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
  return [
    ...toCopy.map((backup): Intent => ({ do: 'copyRecord', backup, because: `backup ${backup.id} is new` })),
    ...catalogue
      .filter(({ backup, missing }) => !missing && !seen.has(backup.id))
      .map((entry): Intent => ({ do: 'markMissing', entry, because: 'the zone does not show the backup any more' })),
    ...catalogue
      .filter(({ backup, missing }) => missing && seen.has(backup.id))
      .map((entry): Intent => ({ do: 'markSeen', entry, because: 'the zone shows the backup again' })),
  ].slice(0, mostAtOnce);
}
