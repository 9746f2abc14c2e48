import { backupMissingLabel, backupZoneLabel } from '../../../crds/labels.ts';
import type { ConfigMap } from '../../../kube/builtin.ts';
import type { Backup, BackupRecord } from './driver.ts';

/*
 * The catalogue: what is known outside a zone of the backups of its volumes, a ConfigMap for each. It is what the zone
 * is recovered by when it is gone, so nothing here deletes any of it: not when a backup is no longer seen, since a zone
 * that comes back half-way may show none, and not with the StorageZone.
 */

/** A backup that can be restored in another zone. */
export interface CatalogueEntry {
  readonly zone: string;
  readonly backup: Backup;
  readonly record: BackupRecord;
  /** The zone, when it was last asked, did not show the backup any more. */
  readonly missing: boolean;
}

/** By the name of the zone. */
export const catalogueIndexers = {
  zone: ({ metadata }: ConfigMap) => {
    const zone = metadata.labels?.[backupZoneLabel];
    return zone === undefined ? [] : [zone];
  },
};

export function catalogueName(zone: string, backupID: string): string {
  return `fleetwright-backup-${zone}-${backupID}`;
}

/** @returns the ConfigMap of an entry, in the namespace of the controllers */
export function catalogueObject(namespace: string, { zone, backup, record }: CatalogueEntry): ConfigMap {
  return {
    metadata: { namespace, name: catalogueName(zone, backup.id), labels: { [backupZoneLabel]: zone } },
    immutable: true,
    data: { backup: JSON.stringify(backup), service: record.service, url: record.url },
  };
}

/** @returns undefined for what somebody else wrote under the label */
export function catalogueEntry({ metadata, data = {} }: ConfigMap): CatalogueEntry | undefined {
  const zone = metadata.labels?.[backupZoneLabel];
  const { service, url } = data;
  const backup = backupIn(data['backup'] ?? '');
  if (zone === undefined || service === undefined || url === undefined || backup === undefined) return undefined;
  if (metadata.name !== catalogueName(zone, backup.id)) return undefined;
  return { zone, backup, record: { service, url }, missing: metadata.labels?.[backupMissingLabel] !== undefined };
}

function backupIn(text: string): Backup | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'id' in value && 'volumeID' in value && 'createdAt' in value
      ? (value as Backup)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The one to restore: the newest of the volume, or of those that were made of the snapshot. One that the zone still
 * showed goes before one that it did not.
 */
export function bestBackup(
  entries: readonly CatalogueEntry[],
  wanted: { readonly volumeID?: string; readonly snapshotID?: string },
): CatalogueEntry | undefined {
  return entries
    .filter(({ backup }) =>
      wanted.snapshotID === undefined ? backup.volumeID === wanted.volumeID : backup.snapshotID === wanted.snapshotID,
    )
    .toSorted(
      (a, b) =>
        Number(a.missing) - Number(b.missing) ||
        b.backup.createdAt.localeCompare(a.backup.createdAt) ||
        a.backup.id.localeCompare(b.backup.id),
    )[0];
}
