import type { AgentTask, AgentTaskStatus } from '../../../crds/types/agenttask.ts';
import { findCondition } from '../../../kube/conditions.ts';
import { hostReports } from '../host-report.ts';
import type { Family, Member } from './observe.ts';
import type { Verdict } from './verdicts.ts';

/**
 * The status of a task on a thousand hosts is large: it is written this often at most (milliseconds), however much
 * happens.
 */
export const reportEvery = 1000;

/** Milliseconds until the status may be written again; 0 or less: now. */
export function untilReport({ reportedAt }: Pick<Family, 'reportedAt'>, now: Date): number {
  return reportedAt === undefined ? 0 : reportedAt.getTime() + reportEvery - now.getTime();
}

/** What is known of children and hosts so far. */
export function reportOf(verdicts: readonly Verdict[]): Pick<AgentTaskStatus, 'children' | 'hosts' | 'otherHosts'> {
  const children = verdicts.flatMap(({ child }) => child ?? []);
  const hosts = verdicts.filter(({ settled }) => settled).map(({ host }) => host);
  const [report] = hosts.length === 0 ? [] : hostReports([hosts], verdicts.length);
  return { ...(children.length === 0 ? {} : { children }), ...report };
}

/** Reason and message of a task under way: how far it is, and what the first child that waits is waiting for. */
export function saying(
  task: AgentTask,
  members: readonly Member[],
  verdicts: readonly Verdict[],
): [reason: string, message: string] {
  const done = verdicts.filter(({ settled }) => settled).length;
  const running = verdicts.filter(({ settled, child }) => !settled && child?.phase === 'Running').length;
  const far = `${done} of ${counted(verdicts.length)} done, ${running} running`;
  if (task.spec.stop === true) return ['Stopping', `stopping, because spec.stop is true: ${far}`];
  if (task.spec.paused === true)
    return ['Paused', `spec.paused is true: what runs goes on, and nothing more begins; ${far}`];
  const waits = members.find(
    ({ is, child }) => is === 'there' && child?.status?.phase === 'Pending' && child.status.observedGeneration !== 0,
  )?.child;
  const why = findCondition(waits?.status?.conditions, 'Ready');
  return [
    'Running',
    waits === undefined || why === undefined ? far : `${far}; ${waits.metadata.name} waits: ${why.message}`,
  ];
}

export function counted(hosts: number): string {
  return hosts === 1 ? '1 host' : `${hosts} hosts`;
}
