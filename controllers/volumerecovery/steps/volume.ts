import { keyOf } from '../../../kube/objects.ts';
import { volumeNameOf } from '../course.ts';
import type { Plan } from '../intents.ts';
import type { Observed } from '../observe.ts';
import { failed, held } from '../reports.ts';
import { atWork, askOnce, done } from './common.ts';

const lookAgain = 60_000;

/** Makes the new volume, once. It is looked for by its exact name before anything is made. */
export function create(observed: Observed, now: Date): Plan {
  const { recovery, zone } = observed;
  const name = volumeNameOf(recovery);
  const named = zone.named ?? [];
  const [volume, second] = named;
  if (second !== undefined)
    return held(recovery, now, {
      reason: 'VolumeNotUnique',
      message:
        `volumes ${named.map(({ id }) => id).join(' and ')} are both called ${name}: ` +
        "delete or rename the one that is not this recovery's",
      forSomebody: true,
      lookAgain,
    });
  if (volume !== undefined && volume.tenantID !== zone.projectID)
    return held(recovery, now, {
      reason: 'VolumeNotOurs',
      message:
        `volume ${volume.id} is called ${name} and belongs to tenant ${volume.tenantID}, ` +
        'to whom nothing was handed: rename it',
      forSomebody: true,
      lookAgain,
    });
  if (volume !== undefined)
    return done(observed, now, 'Created', { volume: { name, id: volume.id } }, `volume ${volume.id}`);
  return askOnce(observed, now, {
    do: 'createVolume',
    volume: {
      name,
      size: recovery.status?.backup?.size ?? 0,
      typeID: recovery.spec.destination.volumeTypeID,
      description: `recovered by VolumeRecovery ${keyOf(recovery)}`,
    },
    because: `there is no volume ${name} yet`,
  });
}

/** Fills the new volume, one restore of a backup at a time. */
export function restore(observed: Observed, now: Date): Plan {
  const { recovery, zone, restoring } = observed;
  const { backup, volume: known } = recovery.status ?? {};
  const id = known?.id ?? '';
  const backupID = backup?.id ?? '';
  const { volume } = zone;
  if (volume === undefined) return gone(observed, now);
  if (volume.status.startsWith('error')) return failed(recovery, now, 'StorageFailed', failureText(observed));
  if (volume.status !== 'available')
    return atWork(
      observed,
      now,
      'StorageAtWork',
      `volume ${id} is "${volume.status}" in zone ${recovery.spec.destination.zone}`,
    );
  if (volume.restoredFrom === backupID)
    return done(observed, now, 'Restored', {}, `backup ${backupID} into volume ${id}`);
  if (observed.restore === 'none' && restoring !== undefined)
    return held(recovery, now, {
      reason: 'BackupInUse',
      message: `backup ${backupID} is restored for VolumeRecovery ${keyOf(restoring)} first: one at a time`,
      lookAgain: 10_000,
    });
  if (zone.backup === undefined)
    return failed(
      recovery,
      now,
      'BackupGone',
      `backup ${backupID} is gone from zone ${recovery.spec.destination.zone}`,
    );
  if (zone.backup.status !== 'available')
    return atWork(
      observed,
      now,
      'BackupBusy',
      `backup ${backupID} is "${zone.backup.status}": it is restored when it is available`,
    );
  return askOnce(observed, now, {
    do: 'restore',
    backupID,
    volumeID: id,
    because: `volume ${id} is there and empty`,
  });
}

/** Compares what the volume holds with its backup: that the storage calls it available proves nothing. */
export function verify(observed: Observed, now: Date): Plan {
  const { recovery, zone } = observed;
  const { volume, content } = zone;
  const id = recovery.status?.volume?.id ?? '';
  if (volume === undefined) return gone(observed, now);
  const size = recovery.status?.backup?.size ?? 0;
  if (volume.size < size)
    return failed(recovery, now, 'VolumeTooSmall', `volume ${id} has ${volume.size} GiB, and its backup ${size}`);
  if (content === 'notCompared')
    return done(
      observed,
      now,
      'Verified',
      {},
      `what it holds was not compared: zone ${recovery.spec.destination.zone} gives no way to`,
    );
  if (content === undefined)
    return held(recovery, now, {
      reason: 'Comparing',
      message: `volume ${id} is being compared with backup ${recovery.status?.backup?.id}`,
      lookAgain,
    });
  switch (content.verdict) {
    case 'equal':
      return done(observed, now, 'Verified', {}, content.message);
    case 'different':
      return failed(recovery, now, 'ContentDiffers', content.message);
    case 'unknown':
      return held(recovery, now, {
        reason: 'ContentUnseen',
        message:
          `what volume ${id} holds cannot be compared: ${content.message}; ` +
          `see contentCheck of StorageZone ${recovery.spec.destination.zone}`,
        forSomebody: true,
        lookAgain,
      });
  }
}

/** Somebody deleted it. It is not made again: nobody asked for two. */
export function gone({ recovery }: Observed, now: Date): Plan {
  const id = recovery.status?.volume?.id ?? '';
  return failed(
    recovery,
    now,
    'VolumeGone',
    `volume ${id} is gone from zone ${recovery.spec.destination.zone}: somebody else deleted it`,
  );
}

function failureText({ recovery, zone }: Observed): string {
  const { volume, reasons = [] } = zone;
  const why = reasons.length === 0 ? 'no reason given' : [...new Set(reasons)].join('; ');
  return `volume ${volume?.id} is "${volume?.status}" in zone ${recovery.spec.destination.zone}: ${why}`;
}
