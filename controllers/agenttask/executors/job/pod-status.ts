import type { ContainerStatus, Pod, TerminatedContainer } from '../../../../kube/workloads.ts';
import { runnerContainer } from './names.ts';

/** What kubelet says of the container that works on the hosts; undefined before it looked at it. */
export function runnerStatus({ status }: Pod): ContainerStatus | undefined {
  return status?.containerStatuses?.find(({ name }) => name === runnerContainer);
}

export function terminationOf(pod: Pod): TerminatedContainer | undefined {
  return runnerStatus(pod)?.state?.terminated;
}

/** When the container began, in milliseconds since the epoch. */
export function startOf(pod: Pod): number | undefined {
  const { running, terminated } = runnerStatus(pod)?.state ?? {};
  return timeOf(running?.startedAt ?? terminated?.startedAt);
}

/** Whether its node, or whoever may speak for the node, says that nothing of the pod is alive. */
export function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

export function nodeOf({ spec }: Pod): string | undefined {
  return spec?.nodeName === '' ? undefined : spec?.nodeName;
}

/** @returns undefined for no time, and for the zero that stands for none */
export function timeOf(text: string | null | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) || time <= 0 ? undefined : time;
}
