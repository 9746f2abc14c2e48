import type { Volume } from '../shared/storage/driver.ts';
import { finalizer } from './finalizers.ts';
import type { Intent, Plan } from './intents.ts';
import type { Observed } from './observe.ts';
import { held } from './reports.ts';
import { atWork, ask } from './steps/common.ts';
import { takeBack } from './steps/finish.ts';

/** How long (milliseconds) a deleted recovery waits for a zone that does not answer: deletions end. */
const unseenPatience = 600_000;

/**
 * A deleted recovery: what it made and did not hand over is deleted. What was handed over stays, and so does every
 * backup.
 */
export function leaveNoVolumeBehind(observed: Observed, now: Date): Plan | undefined {
  const { recovery } = observed;
  const { deletionTimestamp, finalizers = [] } = recovery.metadata;
  if (deletionTimestamp === undefined) return undefined;
  if (!finalizers.includes(finalizer)) return { intents: [] };
  if (recovery.status?.volume === undefined || recovery.status.newVolumeID !== undefined)
    return go('nothing is left to delete');
  return deleteVolume(observed, now, Date.parse(deletionTimestamp)) ?? go('the volume is gone');
}

function go(because: string): Plan {
  const intents: readonly Intent[] = [{ do: 'removeFinalizer', because }];
  return { intents };
}

/** @returns undefined when nothing is left */
function deleteVolume(observed: Observed, now: Date, deletedAt: number): Plan | undefined {
  const { recovery, zone, destination, failure } = observed;
  const over = now.getTime() >= deletedAt + unseenPatience;
  if (destination === undefined || zone.trouble !== undefined || (over && failure !== undefined))
    return waitOrGiveUp(observed, now, deletedAt);
  const seen = recovery.status?.volume?.id === undefined ? (zone.named ?? []) : [zone.volume];
  const volumes = seen.filter((volume) => volume !== undefined);
  const volume = volumes.find(({ tenantID }) => tenantID === zone.projectID);
  if (volume !== undefined) return removeOne(observed, now, volume) ?? waitOrGiveUp(observed, now, deletedAt);
  // One that was asked for and is not seen yet may still come.
  return volumes.length === 0 && mayStillCome(observed)
    ? atWork(
        observed,
        now,
        'Unanswered',
        'a volume that was asked for may still be made: it is waited for, and deleted',
      )
    : undefined;
}

function mayStillCome({ recovery, createVolume }: Observed): boolean {
  return recovery.status?.volume?.id === undefined && createVolume === 'mayBeMade';
}

function removeOne(observed: Observed, now: Date, volume: Volume): Plan | undefined {
  if (volume.status === 'awaiting-transfer') return takeBack(observed, now);
  // Cinder deletes none that it works on.
  if (['deleting', 'restoring-backup', 'downloading', 'retyping', 'in-use'].includes(volume.status)) return undefined;
  return ask(observed, now, {
    do: 'deleteVolume',
    volumeID: volume.id,
    because: 'the recovery is deleted, and the volume was not handed over',
  });
}

function waitOrGiveUp(observed: Observed, now: Date, deletedAt: number): Plan {
  const { recovery, zone } = observed;
  const { volume } = recovery.status ?? {};
  const what = `volume ${volume?.id ?? volume?.name} in zone ${recovery.spec.destination.zone}`;
  const left = deletedAt + unseenPatience - now.getTime();
  if (left > 0) {
    const why =
      zone.trouble?.message ??
      (zone.volume === undefined ? 'there is no such StorageZone' : `it is "${zone.volume.status}"`);
    return held(recovery, now, {
      reason: 'Deleting',
      message: `${what} is to be deleted: ${why}`,
      lookAgain: Math.min(10_000, left),
    });
  }
  const note = `${what} could not be deleted, and stays: delete it there`;
  return {
    ...go('the volume cannot be deleted'),
    event: { type: 'Warning', reason: 'VolumeLeft', action: 'Delete', note },
  };
}
