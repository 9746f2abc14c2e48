import type { StorageZone } from '../../crds/types/storagezone.ts';
import { volumeRecoveries, type VolumeRecovery } from '../../crds/types/volumerecovery.ts';
import type { Client } from '../../kube/client.ts';
import type { Clock } from '../../kube/clock.ts';
import { addFinalizer, removeFinalizer } from '../../kube/finalizers.ts';
import type { IdCounter } from '../../kube/ids.ts';
import { deleteIfThere } from '../../kube/ifthere.ts';
import type { OwnWrites } from '../../kube/ownwrites.ts';
import type { ReadStore } from '../../kube/store.ts';
import { giveId } from '../shared/integer-ids.ts';
import { RefusalError } from '../shared/outside/errors.ts';
import type { StorageActs } from '../shared/storage/driver.ts';
import { zoneTrouble } from '../shared/storage/trouble.ts';
import { finalizer } from './finalizers.ts';
import type { Intent, ObjectIntent, ZoneIntent } from './intents.ts';
import type { CallMemory, FailedCall } from './memory.ts';

/** What acting needs. */
export interface Hands {
  readonly client: Client;
  readonly clock: Clock;
  readonly ids: Pick<IdCounter, 'next'>;
  readonly ownWrites: OwnWrites;
  readonly storageZones: ReadStore<StorageZone>;
  /** @returns undefined for a driver that these controllers do not have */
  readonly zoneOf: (zone: StorageZone) => StorageActs | undefined;
  readonly calls: CallMemory;
}

/**
 * Carries out intents in their order. A call to the zone that fails ends them: it is remembered, and the next pass says
 * so.
 * @returns the recovery as the last write left it
 */
export async function act(recovery: VolumeRecovery, intents: readonly Intent[], hands: Hands): Promise<VolumeRecovery> {
  let current = recovery;
  for (const intent of intents) {
    if (isOfObject(intent)) current = (await actOnObject(current, intent, hands)) ?? current;
    else if (!(await actInZone(current, intent, hands))) break;
  }
  return current;
}

function isOfObject(intent: Intent): intent is ObjectIntent {
  return ['giveId', 'addFinalizer', 'removeFinalizer', 'deleteRecovery'].includes(intent.do);
}

async function actOnObject(
  recovery: VolumeRecovery,
  intent: ObjectIntent,
  { client, ids, ownWrites }: Hands,
): Promise<VolumeRecovery | undefined> {
  const written = (changed: VolumeRecovery | undefined): VolumeRecovery | undefined => {
    if (changed !== undefined) ownWrites.record(volumeRecoveries, changed);
    return changed;
  };
  switch (intent.do) {
    case 'giveId':
      return written(await giveId(client, volumeRecoveries, recovery, await ids.next()));
    case 'addFinalizer':
      return written(await addFinalizer(client, volumeRecoveries, recovery, finalizer));
    case 'removeFinalizer':
      return written(await removeFinalizer(client, volumeRecoveries, recovery, finalizer));
    case 'deleteRecovery':
      await deleteIfThere(client, volumeRecoveries, recovery);
      return undefined;
  }
}

/** @returns whether it was done */
async function actInZone(recovery: VolumeRecovery, intent: ZoneIntent, hands: Hands): Promise<boolean> {
  const { storageZones, zoneOf, calls, clock } = hands;
  const zone = storageZones.get(recovery.spec.destination.zone);
  const storage = zone === undefined ? undefined : zoneOf(zone);
  if (storage === undefined) return false;
  if (intent.do === 'createVolume' || intent.do === 'restore') calls.making(recovery);
  try {
    await callZone(storage, intent);
    calls.succeeded(recovery, intent.do);
    return true;
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    calls.failed(recovery, { ...failure, call: intent.do, at: clock.now() });
    return false;
  }
}

async function callZone(storage: StorageActs, intent: ZoneIntent): Promise<void> {
  switch (intent.do) {
    case 'importRecord':
      return storage.importRecord(intent.record);
    case 'createVolume':
      return storage.createVolume(intent.volume);
    case 'restore':
      return storage.restore(intent.backupID, intent.volumeID);
    case 'setBootable':
      return storage.setBootable(intent.volumeID, intent.bootable);
    case 'handOver': {
      const { id, key } = await storage.offerTransfer(intent.volumeID, intent.name);
      return storage.acceptTransfer(id, key, intent.tenantID);
    }
    case 'withdrawTransfer':
      return storage.withdrawTransfer(intent.transferID);
    case 'deleteVolume':
      return storage.deleteVolume(intent.volumeID);
  }
}

/** What a storage refuses stays refused until somebody changes something; a quota that is used up above all. */
function failureOf(error: unknown): Omit<FailedCall, 'call' | 'at'> | undefined {
  if (error instanceof RefusalError && error.httpStatus < 500) {
    const reason = error.httpStatus === 413 ? 'QuotaExceeded' : `${error.system}Refuses`;
    return { reason, message: error.message, forSomebody: true };
  }
  return zoneTrouble(error);
}
