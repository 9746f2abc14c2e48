import type { VolumeRecoveryStatus, VolumeRecoveryStepName } from '../../../crds/types/volumerecovery.ts';
import { rfc3339 } from '../../../kube/conditions.ts';
import { stepBegun, stepDone } from '../../shared/step-list.ts';
import { course } from '../course.ts';
import type { Intent, Plan, ZoneIntent } from '../intents.ts';
import type { Observed } from '../observe.ts';
import { held, underWay } from '../reports.ts';

/** Milliseconds after which a call that was refused is made once more; a refusal is rarely a matter of seconds. */
const afterRefusal = 300_000;
/** The same after a call that found no zone to answer it. */
const afterSilence = 15_000;
/** Between two looks at what the zone works on, at least and at most. */
const soonest = 1000;
const latest = 10_000;

/** A step is done: the next one begins, by a pass that reads this record. */
export function done(
  { recovery }: Observed,
  now: Date,
  name: VolumeRecoveryStepName,
  fields: Partial<VolumeRecoveryStatus>,
  message: string,
  intents: readonly Intent[] = [],
): Plan {
  const next = course[course.indexOf(name) + 1];
  const ended = stepDone(recovery.status?.steps, name, now, message);
  const steps = next === undefined ? ended : stepBegun(ended, next, now);
  return { intents, status: underWay(recovery, now, { ...fields, steps }, name, message) };
}

/** @returns milliseconds since the step began; 0 for one that has not */
export function lastedFor({ recovery }: Observed, name: VolumeRecoveryStepName, now: Date): number {
  const since = recovery.status?.steps?.find((step) => step.name === name)?.startTime;
  return since === undefined ? 0 : now.getTime() - Date.parse(since);
}

/** The zone is at work; looked at often at first, since much takes a second or two. */
export function atWork({ recovery }: Observed, now: Date, reason: string, message: string): Plan {
  const begun = recovery.status?.steps?.at(-1)?.startTime;
  const elapsed = begun === undefined ? 0 : now.getTime() - Date.parse(begun);
  return held(recovery, now, {
    reason,
    message,
    lookAgain: Math.min(latest, Math.max(soonest, Math.ceil(elapsed / 4))),
  });
}

/**
 * Why a call to the zone is not to be made now, as it failed a moment ago; undefined when it may be made.
 */
function afterFailure({ recovery, failure }: Observed, now: Date, call: ZoneIntent['do']): Plan | undefined {
  if (failure?.call !== call) return undefined;
  const { reason, message, forSomebody, at } = failure;
  const left = at.getTime() + (forSomebody ? afterRefusal : afterSilence) - now.getTime();
  return left > 0 ? held(recovery, now, { reason, message, forSomebody, lookAgain: left }) : undefined;
}

/** A call to the zone, unless it failed a moment ago. What came of it is looked at soon. */
export function ask(observed: Observed, now: Date, intent: ZoneIntent): Plan {
  return afterFailure(observed, now, intent.do) ?? { intents: [intent], requeueAfter: soonest };
}

const askedFor = { createVolume: 'for a volume', restore: 'to restore the backup' } as const;

/**
 * A call that must not be made twice. It is recorded first, and made by a later pass of the same process, which alone
 * knows that it was not made yet. Where nobody can know, it is waited out.
 */
export function askOnce(
  observed: Observed,
  now: Date,
  intent: Extract<ZoneIntent, { do: 'createVolume' | 'restore' }>,
): Plan {
  const state = observed[intent.do];
  const { recovery, instance, requestEnds } = observed;
  if (state === 'toBeMade') return { intents: [intent], requeueAfter: soonest };
  if (state === 'mayBeMade') {
    const failure = afterFailure(observed, now, intent.do);
    if (failure !== undefined) return failure;
    const { at = '' } = recovery.status?.request ?? {};
    return held(recovery, now, {
      reason: 'Unanswered',
      message:
        `it is not known whether what was asked for at ${at} (${intent.do}) is being done: ` +
        'it is not asked for again before that is certain',
      lookAgain: Math.min(latest, Math.max(soonest, requestEnds - now.getTime())),
    });
  }
  const refused = afterFailure(observed, now, intent.do);
  if (refused !== undefined) return refused;
  const request = {
    call: intent.do === 'createVolume' ? ('CreateVolume' as const) : ('Restore' as const),
    at: rfc3339(now),
    by: instance,
  };
  const message = `zone ${recovery.spec.destination.zone} is asked ${askedFor[intent.do]}: ${intent.because}`;
  return { intents: [], status: underWay(recovery, now, { request }, 'Asking', message) };
}
