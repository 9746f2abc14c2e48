import type { StorageZone } from '../../crds/types/storagezone.ts';
import type { VolumeRecovery, VolumeRecoveryStepName } from '../../crds/types/volumerecovery.ts';
import type { OutsideTrouble } from '../shared/outside/troubles.ts';
import type { Comparisons } from '../shared/storage/comparisons.ts';
import type { ContentVerdict } from '../shared/storage/content.ts';
import type { Backup, StorageLooks, Transfer, Volume, VolumeType } from '../shared/storage/driver.ts';
import { stepOf, volumeNameOf } from './course.ts';

/** What was looked at, each undefined where it was not, or where there is none. */
export interface ZoneView {
  readonly trouble?: OutsideTrouble;
  /** The project of the controllers. */
  readonly projectID?: string;
  readonly type?: VolumeType | undefined;
  readonly backup?: Backup | undefined;
  /** By its id. */
  readonly volume?: Volume | undefined;
  /** By its name. */
  readonly named?: readonly Volume[];
  readonly transfers?: readonly Transfer[];
  readonly reasons?: readonly string[];
  /** Undefined while it is compared. */
  readonly content?: ContentVerdict | 'notCompared' | undefined;
}

/** What observing asks of a zone's storage. */
export type ZoneLooks = StorageLooks & { readonly projectID: string };

/** Where to look. */
interface Sight {
  readonly zone: StorageZone;
  readonly storage: ZoneLooks;
  readonly comparisons: Pick<Comparisons, 'verdict'>;
}

/** Whether anything depends on how the destination zone is. */
export function needsLook({ metadata, spec, status }: VolumeRecovery): boolean {
  if (metadata.deletionTimestamp !== undefined) return status?.volume !== undefined && status.newVolumeID === undefined;
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed' && spec.paused !== true;
}

/** Looks at what the present step needs of the zone, and at no more. @throws what StorageLooks throw */
export async function look(recovery: VolumeRecovery, sight: Sight): Promise<ZoneView> {
  if (recovery.metadata.deletionTimestamp !== undefined) return lookForDeletion(recovery, sight);
  const step = stepOf(recovery);
  return step === undefined ? {} : looks[step](recovery, sight);
}

const looks: Readonly<Record<VolumeRecoveryStepName, (recovery: VolumeRecovery, sight: Sight) => Promise<ZoneView>>> = {
  Located: async ({ spec }, { storage }) => ({ type: await storage.volumeType(spec.destination.volumeTypeID) }),
  Imported: async (recovery, { storage }) => ({ backup: await storage.backup(backupOf(recovery)) }),
  Created: async (recovery, { storage }) => ({ named: await storage.volumesNamed(volumeNameOf(recovery)) }),
  Restored: lookAtRestore,
  Verified: async (recovery, sight) => ({
    volume: await sight.storage.volume(volumeOf(recovery)),
    content: await contentOf(recovery, sight),
  }),
  MadeBootable: async (recovery, { storage }) => ({
    volume: await storage.volume(volumeOf(recovery)),
    type: await storage.volumeType(recovery.spec.destination.volumeTypeID),
  }),
  HandedOver: lookAtOwner,
};

async function lookAtRestore(recovery: VolumeRecovery, { storage }: Sight): Promise<ZoneView> {
  const id = volumeOf(recovery);
  const backupID = backupOf(recovery);
  const volume = await storage.volume(id);
  if (volume?.status.startsWith('error') === true)
    return { volume, reasons: [...(await storage.reasons(id)), ...(await storage.reasons(backupID))] };
  return volume?.status === 'available' ? { volume, backup: await storage.backup(backupID) } : { volume };
}

async function lookAtOwner(recovery: VolumeRecovery, { storage }: Sight): Promise<ZoneView> {
  const id = volumeOf(recovery);
  const volume = await storage.volume(id);
  return volume?.status === 'awaiting-transfer' ? { volume, transfers: await storage.transfersOf(id) } : { volume };
}

async function lookForDeletion(recovery: VolumeRecovery, sight: Sight): Promise<ZoneView> {
  if (recovery.status?.volume?.id !== undefined) return lookAtOwner(recovery, sight);
  return { named: await sight.storage.volumesNamed(volumeNameOf(recovery)) };
}

async function contentOf(
  recovery: VolumeRecovery,
  { zone, storage, comparisons }: Sight,
): Promise<ContentVerdict | 'notCompared' | undefined> {
  const { backups, volumes } = zone.spec.cinder?.contentCheck ?? {};
  const size = recovery.status?.backup?.size;
  if (backups === undefined || volumes === undefined || size === undefined) return 'notCompared';
  const id = backupOf(recovery);
  // Where the store keeps it is told by the zone that restored it.
  const container = (await storage.backup(id))?.container;
  const compared = { backup: { id, container }, volumeID: volumeOf(recovery), size };
  return comparisons.verdict(recovery.metadata.uid ?? '', { backups, volumes }, compared);
}

function volumeOf({ status }: VolumeRecovery): string {
  return status?.volume?.id ?? '';
}

function backupOf({ status }: VolumeRecovery): string {
  return status?.backup?.id ?? '';
}
