import { firstOf } from '../shared/planning.ts';
import { idToGive, showPlan, timeToLive, waitWhilePaused } from '../shared/steps.ts';
import { isFinished, stepOf } from './course.ts';
import { leaveNoVolumeBehind } from './deletion.ts';
import { describe } from './dryrun.ts';
import type { Intent, Plan } from './intents.ts';
import type { Observed } from './observe.ts';
import { held, reports } from './reports.ts';
import { handOver, makeBootable } from './steps/finish.ts';
import { importBackup, locate } from './steps/backup.ts';
import { create, restore, verify } from './steps/volume.ts';

interface Step {
  (observed: Observed, now: Date): Plan | undefined;
}

/** In this order: a later step may rely on what every earlier one ruled out. */
const steps: readonly Step[] = [
  leaveNoVolumeBehind,
  keepFinished,
  whilePaused,
  waitForZones,
  waitForDestination,
  showSteps,
];

const seconds = (count: number): number => count * 1000;

/** Decides what is to be done for a recovery, from what was observed alone. */
export function plan(observed: Observed, now: Date): Plan {
  const next = firstOf(steps, observed, now) ?? goOn(observed, now);
  return { ...next, intents: [...idToGive(observed.recovery, observed.idTaken, 'recovery'), ...next.intents] };
}

function goOn(observed: Observed, now: Date): Plan {
  const step = stepOf(observed.recovery);
  switch (step) {
    case 'Located':
      return locate(observed, now);
    case 'Imported':
      return importBackup(observed, now);
    case 'Created':
      return create(observed, now);
    case 'Restored':
      return restore(observed, now);
    case 'Verified':
      return verify(observed, now);
    case 'MadeBootable':
      return makeBootable(observed, now);
    case 'HandedOver':
    case undefined:
      return handOver(observed, now);
  }
}

function keepFinished({ recovery }: Observed, now: Date): Plan | undefined {
  if (!isFinished(recovery)) return undefined;
  const status = reports.stillEnded(recovery);
  const told = status === undefined ? {} : { status };
  const life = timeToLive(recovery.spec, recovery.status?.completionTime, now);
  if (life === undefined) return { intents: [], ...told };
  const last: Intent = { do: 'deleteRecovery', because: life.because };
  return life.left > 0 ? { intents: [], ...told, requeueAfter: life.left } : { intents: [last], ...told };
}

function whilePaused({ recovery }: Observed, now: Date): Plan | undefined {
  if (recovery.spec.paused !== true || recovery.status?.startTime === undefined)
    return waitWhilePaused(recovery, now, reports, 'to let the recovery start');
  return held(recovery, now, {
    reason: 'Paused',
    message: 'spec.paused is true; set it to false to let the recovery go on',
    lookAgain: seconds(3600),
  });
}

/**
 * Comes right by itself when somebody makes the zone: its watch brings us back. Of the source nothing is needed but the
 * record of a backup: a zone that is gone for good may be described no more.
 */
function waitForZones({ recovery, source, destination, entry }: Observed, now: Date): Plan | undefined {
  const { spec } = recovery;
  const missing =
    destination === undefined
      ? `spec.destination.zone: there is no StorageZone ${spec.destination.zone}`
      : source === undefined && entry === undefined
        ? `spec.source.zone: there is no StorageZone ${spec.source.zone}`
        : undefined;
  if (missing === undefined) return undefined;
  return held(recovery, now, {
    reason: 'ZoneNotFound',
    message: `${missing}; create it, or make a VolumeRecovery that names another one`,
    forSomebody: true,
    lookAgain: seconds(300),
  });
}

/** The zone is judged by its own answers, here and now: on doubt nothing is done. */
function waitForDestination({ recovery, zone }: Observed, now: Date): Plan | undefined {
  if (zone.trouble === undefined) return undefined;
  const { reason, message, forSomebody } = zone.trouble;
  return held(recovery, now, {
    reason,
    message: `zone ${recovery.spec.destination.zone}: ${message}`,
    forSomebody,
    lookAgain: seconds(forSomebody ? 60 : 15),
  });
}

function showSteps(observed: Observed, now: Date): Plan | undefined {
  return showPlan(observed.recovery, now, reports, () => describe(observed));
}
