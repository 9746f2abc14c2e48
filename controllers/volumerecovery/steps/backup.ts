import { rfc3339 } from '../../../kube/conditions.ts';
import { stepBegun } from '../../shared/step-list.ts';
import { volumeNameOf } from '../course.ts';
import type { Plan } from '../intents.ts';
import type { Observed } from '../observe.ts';
import { failed, held } from '../reports.ts';
import { svmsOf } from '../svms.ts';
import { atWork, ask, done, lastedFor } from './common.ts';

/** Milliseconds. Both come right by themselves: the catalogue's watch brings us back, and types are rarely made. */
const lookAgain = 60_000;
/** How long (milliseconds) an import may take before somebody is asked to look at it: it takes a second. */
const importPatience = 600_000;

/** Chooses the backup, once. */
export function locate(observed: Observed, now: Date): Plan {
  const { recovery, entry, zone } = observed;
  const { source, destination } = recovery.spec;
  if (zone.type === undefined)
    return held(recovery, now, {
      reason: 'VolumeTypeNotFound',
      message: `spec.destination.volumeTypeID: zone ${destination.zone} has no volume type ${destination.volumeTypeID}`,
      forSomebody: true,
      lookAgain,
    });
  if (entry === undefined) {
    const what = source.snapshotID === undefined ? `volume ${source.volumeID}` : `snapshot ${source.snapshotID}`;
    return held(recovery, now, {
      reason: 'BackupNotFound',
      message:
        `zone ${source.zone} has told of no backup of ${what}: as long as that zone lives, make one there, ` +
        `and see that StorageZone ${source.zone} is ready`,
      forSomebody: true,
      lookAgain,
    });
  }
  const { id, volumeID, size, createdAt } = entry.backup;
  const fields = {
    startTime: rfc3339(now),
    backup: { id, volumeID, size, createdAt },
    volume: { name: volumeNameOf(recovery) },
    ...svmsOf(observed),
  };
  const begun = {
    ...observed,
    recovery: { ...recovery, status: { ...recovery.status, steps: stepBegun(recovery.status?.steps, 'Located', now) } },
  };
  const next = done(begun, now, 'Located', fields, `backup ${id} of ${createdAt}`, [
    { do: 'addFinalizer', because: 'a deleted recovery must not leave a volume behind that nobody owns' },
  ]);
  const note = `recovering from backup ${id} of ${createdAt}`;
  return { ...next, event: { type: 'Normal', reason: 'Started', action: 'Recover', note } };
}

/** Makes the backup known in the destination zone. It keeps its id there, so that it can be looked for first. */
export function importBackup(observed: Observed, now: Date): Plan {
  const { recovery, entry, zone } = observed;
  const { backup } = zone;
  const id = recovery.status?.backup?.id ?? '';
  if (backup === undefined) {
    if (entry === undefined)
      return failed(recovery, now, 'RecordGone', `the record of backup ${id} is gone from the catalogue`);
    return ask(observed, now, {
      do: 'importRecord',
      record: entry.record,
      because: `backup ${id} is not known in zone ${recovery.spec.destination.zone}`,
    });
  }
  if (backup.status === 'error')
    return failed(
      recovery,
      now,
      'BackupInError',
      `backup ${id} is in error in zone ${recovery.spec.destination.zone}: ${backup.failReason ?? 'no reason given'}`,
    );
  if (backup.volumeID !== '' && backup.status !== 'creating')
    return done(observed, now, 'Imported', {}, `backup ${id} is known in zone ${recovery.spec.destination.zone}`);
  if (lastedFor(observed, 'Imported', now) < importPatience)
    return atWork(observed, now, 'Importing', `the record of backup ${id} is being imported`);
  return held(recovery, now, {
    reason: 'ImportStuck',
    message:
      `backup ${id} has been "${backup.status}" in zone ${recovery.spec.destination.zone} for long: ` +
      'an import that was cut off stays so. ' +
      `Only os-force_delete of exactly this half-made record, by an administrator, clears it; never of a finished one`,
    forSomebody: true,
    lookAgain,
  });
}
