import type { StorageZoneStatus } from '../../crds/types/storagezone.ts';
import type { PlanOf } from '../shared/planning.ts';
import type { CatalogueEntry } from '../shared/storage/catalogue.ts';
import type { Backup } from '../shared/storage/driver.ts';

/** What is done about a zone. Nothing in it is changed: a record is read, and copied into the catalogue. */
export type Intent =
  | { readonly do: 'copyRecord'; readonly backup: Backup; readonly because: string }
  | { readonly do: 'markMissing'; readonly entry: CatalogueEntry; readonly because: string }
  | { readonly do: 'markSeen'; readonly entry: CatalogueEntry; readonly because: string };

/** What a pass does. */
export type Plan = PlanOf<StorageZoneStatus, Intent>;
