import type { Observed } from './observe.ts';
import { volumeNameOf } from './course.ts';

/** What a recovery would do, step by step, for people. */
export function describe({ recovery, entry, destination, zone }: Observed): readonly string[] {
  const { source, destination: to, bootable = false } = recovery.spec;
  const what = source.snapshotID === undefined ? `volume ${source.volumeID}` : `snapshot ${source.snapshotID}`;
  const size = entry === undefined ? '' : ` of ${entry.backup.size} GiB`;
  const missing = entry?.missing === true ? ', which the zone showed no more when it was last asked' : '';
  const compare =
    destination?.spec.cinder?.contentCheck.mode === 'Folders'
      ? 'compare what it holds with the checksums of the backup, block by block'
      : `not compare what it holds: zone ${to.zone} gives no way to (contentCheck.mode is None)`;
  return [
    entry === undefined
      ? `missing: zone ${source.zone} has told of no backup of ${what} yet`
      : `restore backup ${entry.backup.id} of ${entry.backup.createdAt}${missing}`,
    ...(zone.type === undefined ? [`missing: there is no volume type ${to.volumeTypeID} in zone ${to.zone}`] : []),
    `import its record into zone ${to.zone}, unless it is known there (strategy SharedBackup)`,
    `make volume ${volumeNameOf(recovery)}${size}, of the type ${zone.type?.name ?? to.volumeTypeID}`,
    'restore the backup into it',
    compare,
    `mark it as ${bootable ? 'bootable' : 'not bootable'}, and see that type and size are as asked`,
    `hand it to tenant ${to.tenantID}`,
  ];
}
