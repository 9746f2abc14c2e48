import type { AgentTask, AgentTaskStatus } from '../../crds/types/agenttask.ts';
import { rfc3339 } from '../../kube/conditions.ts';
import { Reports } from '../shared/reports.ts';
import type { Intent, Plan } from './intents.ts';
import { hostReports } from './host-report.ts';
import { summarize, type TaskEnding } from './run/outcome.ts';

/** For steps that every kind has. */
export const reports = new Reports<AgentTaskStatus, Intent>({
  runsToAnEnd: true,
  waiting: { phase: 'Pending' },
  underWay: { phase: 'Running' },
  action: 'Run',
});

export const { waiting, stuck, hindered, planned, stillEnded } = reports;

/** Under way, or about to be. */
export function progress(
  task: AgentTask,
  now: Date,
  phase: 'Pending' | 'Running',
  reason: string,
  message: string,
): AgentTaskStatus {
  return reports.progress(task, now, { phase }, reason, message);
}

/** The last status of a task, and the event that tells of it. */
export function ended(task: AgentTask, now: Date, ending: TaskEnding, intents: readonly Intent[] = []): Plan {
  const { phase, reason, message, hosts } = ending;
  const [report] = hostReports([hosts], hosts.length);
  const status = { phase, completionTime: rfc3339(now), ...report, summary: summarize(hosts) };
  return reports.ended(task, now, { good: phase === 'Succeeded', reason, message, status }, intents);
}

/** Nothing is left of the end: it was that of a spec which is no more. */
export function corrected(task: AgentTask, now: Date): Plan {
  const message = 'the spec was changed before anything of the task ran; it begins anew';
  const {
    completionTime: _,
    hosts: __,
    otherHosts: ___,
    summary: ____,
    ...status
  } = progress(task, now, 'Pending', 'Corrected', message);
  return { intents: [], status, event: { type: 'Normal', reason: 'Corrected', action: 'Prepare', note: message } };
}
