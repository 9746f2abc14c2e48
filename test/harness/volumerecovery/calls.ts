import type { StorageActs, StorageLooks } from '../../../controllers/shared/storage/driver.ts';

/** Calls that change a zone. */
export const zoneActs = [
  'importRecord',
  'createVolume',
  'restore',
  'setBootable',
  'offerTransfer',
  'acceptTransfer',
  'withdrawTransfer',
  'deleteVolume',
] as const satisfies readonly (keyof StorageActs)[];

/** Calls that only look at it. */
export const zoneLooks = [
  'newestVersion',
  'services',
  'backups',
  'exportRecord',
  'backup',
  'volumeType',
  'volume',
  'volumesNamed',
  'transfersOf',
  'reasons',
] as const satisfies readonly (keyof StorageLooks)[];
