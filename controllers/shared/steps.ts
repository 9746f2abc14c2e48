import { idOf } from '../../crds/labels.ts';
import { rfc3339 } from '../../kube/conditions.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { PlanOf } from './planning.ts';
import type { CommonStatus, Reported, Reports } from './reports.ts';

/*
 * Steps of a plan that every kind has. A kind takes those that its spec has fields for, and puts them where its order
 * wants them.
 */

/** Milliseconds. Nothing comes of it until somebody changes the spec, which wakes the object. */
const whilePausedLookAgain = 3_600_000;

/** Nothing new begins while spec.paused. @param toLet what may go on once it is false, as in `to let the task start` */
export function waitWhilePaused<S extends CommonStatus, I>(
  object: Reported<S> & { readonly spec: { readonly paused?: boolean } },
  now: Date,
  { waiting }: Pick<Reports<S, I>, 'waiting'>,
  toLet: string,
): PlanOf<S, I> | undefined {
  if (object.spec.paused !== true) return undefined;
  return waiting(object, now, 'Paused', `spec.paused is true; set it to false ${toLet}`, whilePausedLookAgain);
}

/** With spec.dryRun the plan is shown, and nothing is done. @param describe what would be done, in order */
export function showPlan<S extends CommonStatus, I>(
  object: Reported<S> & { readonly spec: { readonly dryRun?: boolean } },
  now: Date,
  { planned }: Pick<Reports<S, I>, 'planned'>,
  describe: () => readonly string[],
): PlanOf<S, I> | undefined {
  return object.spec.dryRun === true ? planned(object, now, describe()) : undefined;
}

/**
 * How long an object stays that has ended.
 * @param endedAt RFC 3339; undefined counts as now
 * @returns milliseconds that are left, with the reason for its deletion when they are over; undefined when it stays
 * until somebody deletes it
 */
export function timeToLive(
  { ttlSecondsAfterFinished }: { readonly ttlSecondsAfterFinished?: number },
  endedAt: string | undefined,
  now: Date,
): { readonly left: number; readonly because: string } | undefined {
  if (ttlSecondsAfterFinished === undefined) return undefined;
  return {
    left: Date.parse(endedAt ?? rfc3339(now)) + ttlSecondsAfterFinished * 1000 - now.getTime(),
    because: `it ended ${ttlSecondsAfterFinished} s ago (ttlSecondsAfterFinished)`,
  };
}

/** The intent of a kind whose objects have integer ids. */
export interface GiveId {
  readonly do: 'giveId';
  readonly because: string;
}

/**
 * REST calls name objects by their id, also those that kubectl made. Nobody asks any more for one that goes.
 * @param taken an older object has the same id: labels are copied along with YAML
 * @param noun what the object is called in the reason
 */
export function idToGive(object: KubeObject, taken: boolean, noun: string): readonly GiveId[] {
  if (object.metadata.deletionTimestamp !== undefined) return [];
  if (taken) return [{ do: 'giveId', because: `an older ${noun} has the same id` }];
  return idOf(object) === undefined ? [{ do: 'giveId', because: 'it has none' }] : [];
}
