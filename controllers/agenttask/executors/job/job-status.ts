import type { Job } from '../../../../kube/workloads.ts';
import { trueCondition } from './causes.ts';

/** Whether the Job controller ends the pods, or we do: then it is no trouble that they go. */
export function isEndExpected(job: Job): boolean {
  return (
    job.spec.suspend === true || job.metadata.deletionTimestamp !== undefined || failedFor(job) === 'DeadlineExceeded'
  );
}

/** Whether the Job makes no more pods, as far as its own object tells. */
export function isClosed(job: Job): boolean {
  const suspended = job.spec.suspend === true && trueCondition(job.status?.conditions, 'Suspended') !== undefined;
  return suspended || job.metadata.deletionTimestamp !== undefined || isTerminal(job);
}

/** The Job controller is done with the Job and all its pods. */
export function isTerminal({ status }: Job): boolean {
  return (
    trueCondition(status?.conditions, 'Complete') !== undefined ||
    trueCondition(status?.conditions, 'Failed') !== undefined
  );
}

/** Why the Job controller ended the Job, or is about to. */
export function failedFor({ status }: Job): string | undefined {
  return (trueCondition(status?.conditions, 'Failed') ?? trueCondition(status?.conditions, 'FailureTarget'))?.reason;
}
