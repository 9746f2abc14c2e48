import type { Job } from '../../../../kube/workloads.ts';
import type { Cause, FinishedRun, RunOutcome } from '../executor.ts';
import { causeFor, jobDeleted, jobText, trueCondition } from './causes.ts';
import { vanished } from './facts.ts';
import { failedFor, isEndExpected, isTerminal } from './job-status.ts';
import { causeFrom, stoppedAnnotation } from './names.ts';
import { timeOf } from './pod-status.ts';
import type { Shard, Sight } from './sight.ts';

/** Exit code of a run whose pods told none. */
const noExitCode = 254;

/** How a run that is over has ended. */
export function endingOf({ job, pods, now }: Sight, shards: readonly Shard[]): FinishedRun {
  const outcomes = shards.map((shard) => outcomeOf(shard, job));
  const outcome = severity.find((kind) => outcomes.includes(kind)) ?? 'successful';
  const cause = causeOf(job, shards, outcomes);
  const created = timeOf(job.metadata.creationTimestamp) ?? now.getTime();
  const starts = pods.flatMap(({ startedAt, result }) => startedAt ?? result?.startedAt ?? []);
  const ends = pods.flatMap(({ finishedAt, result }) => finishedAt ?? result?.finishedAt ?? []);
  const startedAt = starts.length === 0 ? created : Math.min(...starts);
  const finishedAt = ends.length === 0 ? endOfJob(job, now) : Math.max(...ends);
  const message =
    shards[outcomes.indexOf(outcome)]?.pod?.result?.message ??
    (outcome === 'timeout' ? 'The run was ended because its time limit was reached.' : undefined);
  return {
    state: 'finished',
    outcome,
    exitCode: exitCodeOf(shards, outcome),
    startedAt: new Date(startedAt),
    finishedAt: new Date(Math.max(finishedAt, startedAt)),
    ...(message === undefined ? {} : { message }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** The worst first. */
const severity = ['error', 'timeout', 'canceled', 'failed', 'successful'] as const satisfies readonly RunOutcome[];

function outcomeOf({ pod }: Shard, job: Job): RunOutcome {
  const told = pod?.result?.outcome;
  if (told !== undefined && told !== 'canceled') return told;
  if (failedFor(job) === 'DeadlineExceeded') return 'timeout';
  if (told === 'canceled') return told;
  // A pod of its own accord is never told to have lost its result to a stop.
  const stopped = isEndExpected(job) && causeFrom(job.metadata.annotations?.[stoppedAnnotation] ?? '') === undefined;
  return stopped && pod?.trouble === undefined ? 'canceled' : 'error';
}

/** Why a run ended that did not come to its own end everywhere. */
function causeOf(job: Job, shards: readonly Shard[], outcomes: readonly RunOutcome[]): Cause | undefined {
  const own = firstOf(shards, ({ pod }) => pod?.result?.cause);
  if (own !== undefined || outcomes.every((outcome) => outcome === 'successful' || outcome === 'failed')) return own;
  const stopped = job.metadata.annotations?.[stoppedAnnotation];
  return (
    causeFrom(stopped ?? '') ??
    firstOf(shards, ({ pod }) => pod?.trouble) ??
    (stopped === undefined ? interferenceWith(job) : undefined) ??
    firstOf(shards, ({ vanished: gone, index }) => (gone ? vanished(jobText(job), index) : undefined))
  );
}

/** What somebody else did to a Job that was under way. */
function interferenceWith(job: Job): Cause | undefined {
  if (isTerminal(job)) return undefined;
  if (job.metadata.deletionTimestamp !== undefined) return jobDeleted(jobText(job));
  return job.spec.suspend === true
    ? causeFor(
        'JobSuspended',
        `${jobText(job)} was suspended by somebody, which ends its run. To stop a task, set its spec.stop`,
      )
    : undefined;
}

function firstOf<T>(shards: readonly Shard[], get: (shard: Shard) => T | undefined): T | undefined {
  return shards.map(get).find((found) => found !== undefined);
}

function exitCodeOf(shards: readonly Shard[], outcome: RunOutcome): number {
  if (outcome === 'successful') return 0;
  const told = shards.map(({ pod }) => pod?.result?.exitCode ?? pod?.exitCode ?? 0);
  return told.find((code) => code !== 0) ?? noExitCode;
}

function endOfJob({ status }: Job, now: Date): number {
  const condition = ['Failed', 'Complete', 'Suspended']
    .map((type) => trueCondition(status?.conditions, type))
    .find((found) => found !== undefined);
  return timeOf(condition?.lastTransitionTime) ?? now.getTime();
}
