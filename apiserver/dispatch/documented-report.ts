import type { AgentTask, AgentTaskHost, AgentTaskPhase } from '../../crds/types/agenttask.ts';
import { hostResults, hostsOf } from '../../crds/host-results.ts';
import { idOf } from '../../crds/labels.ts';
import { findCondition } from '../../kube/conditions.ts';
import { saidOf } from './problems.ts';

/** What /api/check answers, in the document's flat form. */
export interface TaskReport {
  /** As HTTP dates are written: `Wed, 17 Aug 2016 18:38:17 GMT`. */
  readonly create_time: string;
  readonly err: string | null;
  readonly id: number;
  /** JSON text of a list with one object for each host that has a result. */
  readonly log: string;
  /** JSON text of the list of nodes, as they were sent. */
  readonly nodes: string;
  readonly status: number;
  readonly update_time: string;
}

/** The document's sample shows 4; the names are those of the original program's table. */
const statusOf = {
  Pending: 0, // INIT
  Running: 1, // RUNNING
  Succeeded: 2, // SUCCESS
  Failed: 3, // FAILED
  Stopped: 4, // STOPPED
  PartlySucceeded: 5, // PARTLY_SUCCESS
} satisfies Record<AgentTaskPhase, number>;

/** @param task one with an id */
export function documentedReport(task: AgentTask): TaskReport {
  const phase = task.status?.phase ?? 'Pending';
  return {
    create_time: httpDate(task.metadata.creationTimestamp),
    err: problemOf(task, phase),
    id: idOf(task) ?? 0,
    log: JSON.stringify(hostResults(task).map(logEntry)),
    nodes: JSON.stringify(hostsOf(task)),
    status: statusOf[phase],
    update_time: httpDate(lastChange(task)),
  };
}

/**
 * Always a text when the task went wrong. One that waits for somebody to put something right says so too; one that just
 * waits does not.
 */
function problemOf(task: AgentTask, phase: AgentTaskPhase): string | null {
  const stalled = findCondition(task.status?.conditions, 'Stalled');
  const said = saidOf(task, 'log');
  if (phase === 'Failed' || phase === 'PartlySucceeded') return said ?? 'the task failed';
  if (phase === 'Stopped') return said ?? 'the task was stopped';
  return stalled?.status === 'True' ? (said ?? stalled.reason) : null;
}

/**
 * In one order, from wherever the counts come: the text must not change when the task is deleted and the history tells
 * of it.
 */
function logEntry({ name, result, message = '', counts }: AgentTaskHost): object {
  const { ok, changed, failed, skipped, unreachable } = { ...counts };
  return { host: name, result, message, ok, changed, failed, skipped, unreachable };
}

/**
 * RFC 3339 texts of one zone sort by time. What the schema fills in before the first write is older than the object,
 * and so never wins.
 */
function lastChange({ metadata, status }: AgentTask): string | undefined {
  const times = [
    metadata.creationTimestamp,
    status?.startTime,
    status?.completionTime,
    ...(status?.conditions ?? []).map((condition) => condition.lastTransitionTime),
  ];
  return times
    .filter((time) => time !== undefined)
    .toSorted()
    .at(-1);
}

function httpDate(time: string | undefined): string {
  return new Date(time ?? 0).toUTCString();
}
