import type { Pod } from '../../../../kube/workloads.ts';
import type { Cause } from '../executor.ts';
import { causeFor, deletion, disruptionOf, failureOf, obstacleOf, podText, silence } from './causes.ts';
import type { PodResult } from './contract.ts';
import { hasEnded, nodeOf, runnerStatus, startOf, terminationOf, timeOf } from './pod-status.ts';
import { decodePodResult } from './result.ts';

/** One pod as far as its run cares. Times are milliseconds since the epoch. */
export interface PodFacts {
  readonly pod: Pod;
  /** Which part of the hosts it works on. */
  readonly index: number;
  /**
   * Nothing of it is alive; or, `given up`, nobody will ever be able to say so, and it would have ended itself by now.
   */
  readonly ended: false | 'told' | 'given up';
  /** Its container began, or nobody knows that it did not. */
  readonly begun: boolean;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly exitCode: number | undefined;
  readonly result: PodResult | undefined;
  /** What keeps it from beginning, or ended it before it came to its own end. */
  readonly trouble: Cause | undefined;
}

export interface PodContext {
  readonly now: Date;
  /** Counted by the pod itself, from its start. */
  readonly timeoutSeconds: number;
  /** The run was stopped from here, or the Job controller ends it: that its pods go is no trouble. */
  readonly endExpected: boolean;
}

/** Milliseconds after its time at which a deleted pod would have ended if its node heard of it. */
const silentAfter = 30_000;
/** The same for one that was deleted without waiting for its node: whoever does that answers for it. */
const forcedAfter = 60_000;
/** Milliseconds within which a node confirms that a pod is gone, however busy it is. */
const confirmedWithin = 60_000;
/** Times in objects are whole seconds. Milliseconds. */
const wholeSecond = 1000;
/** Milliseconds on top of its timeout that a pod may take to end itself. */
const ownGrace = 60_000;

const indexAnnotation = 'batch.kubernetes.io/job-completion-index';

export function factsOf(pod: Pod, context: PodContext): PodFacts {
  const terminated = terminationOf(pod);
  const ended = endOf(pod, context);
  const begun = hasBegun(pod, ended);
  const result = terminated?.message === undefined || !begun ? undefined : decodePodResult(terminated.message);
  return {
    pod,
    index: Number(pod.metadata.annotations?.[indexAnnotation] ?? 0),
    ended,
    begun,
    startedAt: startOf(pod),
    finishedAt: timeOf(terminated?.finishedAt),
    exitCode: terminated?.exitCode,
    result,
    trouble: troubleOf(pod, { ended, begun, result }, context),
  };
}

function endOf(pod: Pod, { now, timeoutSeconds }: PodContext): PodFacts['ended'] {
  if (hasEnded(pod)) return 'told';
  const deletedAt = timeOf(pod.metadata.deletionTimestamp);
  if (deletedAt === undefined) return false;
  // No node ever had it.
  if (nodeOf(pod) === undefined) return 'told';
  const overdue = now.getTime() - deletedAt;
  if (pod.metadata.deletionGracePeriodSeconds === 0) return overdue > forcedAfter ? 'given up' : false;
  const ownEnd = (startOf(pod) ?? deletedAt) + timeoutSeconds * 1000 + ownGrace;
  return overdue > silentAfter && now.getTime() > ownEnd ? 'given up' : false;
}

/** A deleted pod that should have ended, but nothing is heard of its node. */
function isSilent(pod: Pod, now: Date): boolean {
  const deletedAt = timeOf(pod.metadata.deletionTimestamp);
  return (
    deletedAt !== undefined && !hasEnded(pod) && nodeOf(pod) !== undefined && now.getTime() - deletedAt > silentAfter
  );
}

function hasBegun(pod: Pod, ended: PodFacts['ended']): boolean {
  if (startOf(pod) !== undefined) return true;
  const terminated = terminationOf(pod);
  // What kubelet writes when it lost sight of a container; it bears an id only if there was one.
  if (terminated?.reason === 'ContainerStatusUnknown') return (runnerStatus(pod)?.containerID ?? '') !== '';
  if (terminated !== undefined || nodeOf(pod) === undefined) return false;
  // Its node may have begun with it and not have been able to say so.
  const unheard = ended === 'given up' || disruptionOf(pod)?.reason === 'NodeLost';
  return unheard && obstacleOf(pod) === undefined;
}

function troubleOf(
  pod: Pod,
  { ended, begun, result }: Pick<PodFacts, 'ended' | 'begun' | 'result'>,
  { now, endExpected }: PodContext,
): Cause | undefined {
  if (result?.cause !== undefined) return result.cause;
  // It came to an end of its own before anything else could.
  if (result !== undefined && result.outcome !== 'canceled') return undefined;
  if (isSilent(pod, now)) return silence(pod);
  const disruption = disruptionOf(pod);
  if (disruption !== undefined) return disruption;
  if (wasDeleted(pod, result)) return endExpected ? undefined : deletion(pod);
  if (ended === false) return begun ? undefined : obstacleOf(pod);
  return result === undefined ? failureOf(pod) : undefined;
}

/**
 * Whether somebody asked for the pod's deletion before it ended. A Job that is cleared away takes its pods along long
 * after their end.
 */
function wasDeleted(pod: Pod, result: PodResult | undefined): boolean {
  const deletedAt = timeOf(pod.metadata.deletionTimestamp);
  if (deletedAt === undefined) return false;
  // Nothing else tells a pod to end.
  if (result?.outcome === 'canceled') return true;
  const terminated = terminationOf(pod);
  const finishedAt = timeOf(terminated?.finishedAt);
  const grace = pod.metadata.deletionGracePeriodSeconds ?? 0;
  // Without one left, this is the time at which the node confirmed that the pod is gone, not that at which somebody
  // asked.
  const late = grace === 0 ? confirmedWithin : wholeSecond;
  return (
    terminated?.reason !== 'OOMKilled' && (finishedAt === undefined || finishedAt + late >= deletedAt - grace * 1000)
  );
}

/** Of the pod of an index that nobody can find any more. */
export function vanished(jobText: string, index: number): Cause {
  return causeFor(
    'PodDeleted',
    `pod ${index} of ${jobText} is gone, together with what it came to: somebody took its finalizer away. ` +
      'See its hosts before anything is run there again',
  );
}

/** What the hosts of a pod are told that left no result. */
export function lossText(pod: Pod, reason: string): string {
  return `${podText(pod)} was lost (${reason}); what it did here is not known`;
}
