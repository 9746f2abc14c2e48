import type { VolumeRecovery, VolumeRecoveryStatus } from '../../crds/types/volumerecovery.ts';
import { rfc3339 } from '../../kube/conditions.ts';
import { Reports } from '../shared/reports.ts';
import type { Intent, Plan } from './intents.ts';

/** For steps that every kind has. */
export const reports = new Reports<VolumeRecoveryStatus, Intent>({
  runsToAnEnd: true,
  waiting: { phase: 'Pending' },
  underWay: { phase: 'Running' },
  action: 'Recover',
});

/** Why a recovery does not go on. */
export interface Hold {
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
  /** Somebody has to put something right; else it comes right by itself. */
  readonly forSomebody?: boolean;
  /** Milliseconds after which to look again. */
  readonly lookAgain: number;
}

/** A plan that waits, whether the recovery has begun or not. */
export function held(
  recovery: VolumeRecovery,
  now: Date,
  { reason, message, forSomebody = false, lookAgain }: Hold,
): Plan {
  const begun = recovery.status?.startTime !== undefined;
  if (!begun) return reports[forSomebody ? 'stuck' : 'waiting'](recovery, now, reason, message, lookAgain);
  if (!forSomebody)
    return { intents: [], status: underWay(recovery, now, {}, reason, message), requeueAfter: lookAgain };
  const { status, event } = reports.hindered(recovery, now, reason, message);
  return {
    intents: [],
    status: { ...status, message },
    requeueAfter: lookAgain,
    ...(event === undefined ? {} : { event }),
  };
}

/** The status of a recovery that goes on. */
export function underWay(
  recovery: VolumeRecovery,
  now: Date,
  fields: Partial<VolumeRecoveryStatus>,
  reason: string,
  message: string,
): VolumeRecoveryStatus {
  return reports.progress(recovery, now, { ...fields, phase: 'Running' }, reason, message);
}

/** The last status of a recovery, and the event that tells of it. */
export function ended(
  recovery: VolumeRecovery,
  now: Date,
  { good, reason, message }: { readonly good: boolean; readonly reason: string; readonly message: string },
  fields: Partial<VolumeRecoveryStatus> = {},
): Plan {
  const phase = good ? 'Succeeded' : 'Failed';
  const status = { ...fields, phase, completionTime: rfc3339(now) } as const;
  return reports.ended(recovery, now, { good, reason, message, status });
}

/** A recovery that failed. What it has made stays, for somebody to look at, until it is deleted. */
export function failed(recovery: VolumeRecovery, now: Date, reason: string, message: string): Plan {
  const id = recovery.status?.volume?.id;
  const left =
    id === undefined ? '' : `; volume ${id} was not handed over, and goes when this VolumeRecovery is deleted`;
  return ended(recovery, now, { good: false, reason, message: `${message}${left}` });
}
