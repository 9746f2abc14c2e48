import type { Job } from '../../../../kube/workloads.ts';
import type { Cause } from '../executor.ts';
import { causeFor, jobDeleted, jobText, mountTroubleOf, refusalOf, trueCondition } from './causes.ts';
import { endingOf } from './ending.ts';
import type { PodFacts } from './facts.ts';
import { failedFor, isClosed, isTerminal } from './job-status.ts';
import { annotatedNumber, causeFrom, startDeadlineAnnotation, stoppedAnnotation } from './names.ts';
import { timeOf } from './pod-status.ts';
import type { Shard, Assessment, Sight } from './sight.ts';

/**
 * Judges a run from its Job and all its pods. Of a run that is over the pods must be what the API server has, not what
 * a cache has.
 */
export function assess(sight: Sight): Assessment {
  const { job, pods } = sight;
  const shards = shardsOf(job, pods);
  if (isOver(sight, shards)) return { state: endingOf(sight, shards), shards, due: undefined };
  const hindrance = hindranceOf(sight);
  const started = Math.min(...pods.flatMap(({ startedAt }) => startedAt ?? []));
  // The run's own time does not begin before a pod of it does.
  const startedAt = Number.isFinite(started) ? new Date(started) : sight.now;
  return {
    state: { state: 'running', startedAt, ...(hindrance === undefined ? {} : { hindrance }) },
    shards,
    due: dueOf(sight, hindrance),
  };
}

function shardsOf(job: Job, pods: readonly PodFacts[]): readonly Shard[] {
  return Array.from({ length: job.spec.completions ?? 1 }, (_, index) => {
    const mine = pods.filter((pod) => pod.index === index).toSorted(byAge);
    const pod = mine.findLast(({ begun }) => begun) ?? mine.at(-1);
    return { index, pod, vanished: pod === undefined && hadPod(job, index) };
  });
}

function byAge(a: PodFacts, b: PodFacts): number {
  const [created, other] = [a, b].map(({ pod }) => timeOf(pod.metadata.creationTimestamp) ?? 0);
  // Whole seconds: of two, the one that is still there is the later.
  return (created ?? 0) - (other ?? 0) || Number(b.ended !== false) - Number(a.ended !== false);
}

/** Whether the Job controller saw a pod of the index come to its end. */
function hadPod(job: Job, index: number): boolean {
  const { completedIndexes = '', failedIndexes = '' } = job.status ?? {};
  if (includesIndex(completedIndexes, index) || includesIndex(failedIndexes, index)) return true;
  return job.spec.backoffLimitPerIndex === undefined && isTerminal(job) && failedFor(job) !== 'DeadlineExceeded';
}

function includesIndex(ranges: string, index: number): boolean {
  return ranges.split(',').some((range) => {
    const [first = '', last = first] = range.split('-');
    return first !== '' && Number(first) <= index && index <= Number(last);
  });
}

function isOver({ job, pods }: Sight, shards: readonly Shard[]): boolean {
  if (pods.some(({ ended }) => ended === false)) return false;
  if (isClosed(job)) return true;
  // The Job controller waits for ever for a pod whose node is gone.
  const givenUp = pods.some(({ ended }) => ended === 'given up');
  return (
    givenUp &&
    (shards.every(({ pod, vanished: gone }) => pod !== undefined || gone) ||
      trueCondition(job.status?.conditions, 'FailureTarget') !== undefined)
  );
}

function hindranceOf({ job, pods, events }: Sight): Cause | undefined {
  const stopped = causeFrom(job.metadata.annotations?.[stoppedAnnotation] ?? '');
  if (stopped !== undefined) return stopped;
  if (job.metadata.deletionTimestamp !== undefined) return jobDeleted(jobText(job));
  const live = pods.filter(({ ended }) => ended === false);
  const troubled = live.find(({ trouble }) => trouble !== undefined)?.trouble;
  if (troubled !== undefined || job.spec.suspend === true) return troubled;
  const waiting = live.filter(({ begun }) => !begun).map(({ pod }) => mountTroubleOf(pod, events));
  return (
    waiting.find((cause) => cause !== undefined) ??
    (live.length === 0
      ? refusalOf(job, events, Math.max(0, ...pods.map(({ pod }) => timeOf(pod.metadata.creationTimestamp) ?? 0)))
      : undefined)
  );
}

function dueOf({ job, pods, now }: Sight, hindrance: Cause | undefined): Assessment['due'] {
  const live = pods.filter(({ ended }) => ended === false);
  if (job.metadata.deletionTimestamp !== undefined)
    return live.some(({ pod }) => pod.metadata.deletionTimestamp === undefined) ? { do: 'endPods' } : undefined;
  if (job.spec.suspend === true || isTerminal(job) || live.some(({ begun }) => begun)) return undefined;
  const deadline = (annotatedNumber(job, startDeadlineAnnotation) ?? 0) * 1000;
  const since = Math.max(
    timeOf(job.metadata.creationTimestamp) ?? 0,
    ...pods.flatMap(({ finishedAt }) => finishedAt ?? []),
  );
  if (now.getTime() < since + deadline) return undefined;
  return {
    do: 'giveUp',
    cause:
      hindrance ??
      causeFor(
        'PodNotStarted',
        `no pod of ${jobText(job)} began within ${deadline / 1000} s. ` +
          `See: kubectl describe job -n ${job.metadata.namespace} ${job.metadata.name}`,
      ),
  };
}
