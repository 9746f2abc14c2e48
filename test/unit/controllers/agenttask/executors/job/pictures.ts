import { factsOf } from '../../../../../../controllers/agenttask/executors/job/facts.ts';
import type { PodHost, PodResult } from '../../../../../../controllers/agenttask/executors/job/contract.ts';
import { startDeadlineAnnotation } from '../../../../../../controllers/agenttask/executors/job/names.ts';
import { isEndExpected } from '../../../../../../controllers/agenttask/executors/job/job-status.ts';
import { assess } from '../../../../../../controllers/agenttask/executors/job/state.ts';
import type { Assessment } from '../../../../../../controllers/agenttask/executors/job/sight.ts';
import type { ObjectMeta } from '../../../../../../kube/objects.ts';
import type { CoreEvent, Job, Pod, PodStatus, WorkloadCondition } from '../../../../../../kube/workloads.ts';

/** Seconds after the Job was made, as RFC 3339. */
export function at(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString().replace('.000', '');
}

export interface JobPicture {
  readonly completions?: number;
  readonly conditions?: readonly WorkloadCondition[];
  readonly suspend?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deleted?: number;
  readonly completedIndexes?: string;
  readonly failedIndexes?: string;
}

export function job({
  completions = 1,
  conditions = [],
  suspend = false,
  annotations = {},
  deleted,
  ...status
}: JobPicture = {}): Job {
  return {
    metadata: {
      namespace: 'ns',
      name: 'run-1',
      uid: 'job',
      creationTimestamp: at(0),
      annotations: { [startDeadlineAnnotation]: '300', ...annotations },
      ...(deleted === undefined ? {} : { deletionTimestamp: at(deleted) }),
    },
    spec: {
      completions,
      suspend,
      template: { spec: { containers: [] } },
      ...(completions === 1 ? { backoffLimit: 0 } : { backoffLimitPerIndex: 0 }),
    },
    status: { conditions, ...status },
  };
}

export function condition(type: string, reason?: string, message?: string): WorkloadCondition {
  return {
    type,
    status: 'True',
    lastTransitionTime: at(100),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
}

/** A pod on node n1. */
export function pod(
  status: PodStatus,
  metadata: Partial<ObjectMeta> & { readonly index?: number } = {},
  nodeName = 'n1',
): Pod {
  const { index = 0, ...rest } = metadata;
  return {
    metadata: {
      namespace: 'ns',
      name: `run-1-${index}-x`,
      uid: `pod-${index}`,
      creationTimestamp: at(1),
      annotations: { 'batch.kubernetes.io/job-completion-index': String(index) },
      ...rest,
    },
    spec: { nodeName, containers: [{ name: 'runner', image: 'registry/runner:1' }] },
    status,
  };
}

export function running(more: PodStatus = {}): PodStatus {
  return {
    phase: 'Running',
    containerStatuses: [{ name: 'runner', containerID: 'c', state: { running: { startedAt: at(10) } } }],
    ...more,
  };
}

export function waiting(reason: string, message?: string): PodStatus {
  return {
    phase: 'Pending',
    containerStatuses: [
      { name: 'runner', state: { waiting: { reason, ...(message === undefined ? {} : { message }) } } },
    ],
  };
}

/** From second 10 to 60. */
export function ended(
  exitCode: number,
  message?: string,
  more: PodStatus & { readonly because?: string } = {},
): PodStatus {
  const { because = exitCode === 0 ? 'Completed' : 'Error', ...rest } = more;
  const terminated = {
    exitCode,
    reason: because,
    startedAt: at(10),
    finishedAt: at(60),
    ...(message === undefined ? {} : { message }),
  };
  return {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: [{ name: 'runner', containerID: 'c', state: { terminated } }],
    ...rest,
  };
}

export function disrupted(reason: string, message?: string): Pick<PodStatus, 'conditions'> {
  return { conditions: [condition('DisruptionTarget', reason, message)] };
}

export const ok: PodHost = ['ok', 1, 0, 0, 0, 0];

export function verdict(outcome: PodResult['outcome'], more: Partial<PodResult> = {}): string {
  const result: PodResult = {
    version: 1,
    outcome,
    exitCode: outcome === 'successful' ? 0 : 2,
    startedAt: Date.parse(at(10)),
    finishedAt: Date.parse(at(60)),
    hosts: [ok],
    ...more,
  };
  return JSON.stringify(result);
}

/** @param now seconds after the Job was made */
export function assessed(seen: Job, pods: readonly Pod[], now = 120, events: readonly CoreEvent[] = []): Assessment {
  const context = { now: new Date(at(now)), timeoutSeconds: 600, endExpected: isEndExpected(seen) };
  return assess({ job: seen, pods: pods.map((each) => factsOf(each, context)), events, now: context.now });
}

export const failedJob: JobPicture = { conditions: [condition('Failed', 'BackoffLimitExceeded')] };
export const stopped: JobPicture = {
  suspend: true,
  conditions: [condition('Suspended')],
  annotations: { 'fleetwright.io/stopped-for': 'stop' },
};
export const gaveUp: JobPicture = {
  ...stopped,
  annotations: { 'fleetwright.io/stopped-for': JSON.stringify({ reason: 'ImageNotPullable', message: 'no image' }) },
};
export const deletedAt = { deletionTimestamp: at(90), deletionGracePeriodSeconds: 30 };

/** `finished outcome cause`, or `running hindrance`. */
export function short({ state }: Assessment): string {
  const words =
    state.state === 'finished'
      ? [state.state, state.outcome, state.cause?.reason]
      : [state.state, state.hindrance?.reason];
  return words.filter((word) => word !== undefined).join(' ');
}
