import type { AgentTask, AgentTaskHostResult, AgentTaskPhase } from '../../crds/types/agenttask.ts';
import { hostResults, hostsOf } from '../../crds/host-results.ts';
import { idOf } from '../../crds/labels.ts';
import { saidOf } from './problems.ts';

/** What the original program answered to /api/check. */
export interface OriginalReport {
  readonly task: { readonly id: number; readonly status: number; readonly err: string | null };
  readonly nodes: readonly OriginalNode[];
}

export interface OriginalNode {
  readonly ip: string;
  readonly status: number;
  /** null until something was done on the node, then the text `[]`: the original kept no more. */
  readonly log: string | null;
}

/** The original's integers, of which its tasks never showed 1, RUNNING. */
const INIT = 0;
const SUCCESS = 2;
const FAILED = 3;
const STOPPED = 4;
const PARTLY = 5;

const statusOf = {
  Pending: INIT,
  Running: INIT,
  Succeeded: SUCCESS,
  Failed: FAILED,
  Stopped: STOPPED,
  PartlySucceeded: PARTLY,
} satisfies Record<AgentTaskPhase, number>;
const nodeStatusOf = {
  ok: SUCCESS,
  changed: SUCCESS,
  skipped: SUCCESS,
  failed: FAILED,
  unreachable: FAILED,
  notRun: INIT,
} satisfies Record<AgentTaskHostResult, number>;

/** @param task one with an id */
export function originalReport(task: AgentTask): OriginalReport {
  const phase = task.status?.phase ?? 'Pending';
  // From the call on, whatever the task came to before or comes to afterwards.
  const status = task.spec.stop === true ? STOPPED : statusOf[phase];
  return { task: { id: idOf(task) ?? 0, status, err: errOf(task, status) }, nodes: nodesOf(task, phase, status) };
}

/** A JSON text, written as Python writes it. Clients take for granted that there is one when the status is 3. */
function errOf(task: AgentTask, status: number): string | null {
  if (status !== FAILED && status !== PARTLY) return null;
  return `{"msg": ${JSON.stringify(saidOf(task, 'getlog') ?? 'playbook run failed')}}`;
}

/**
 * None before the run begins; all of them once the status is final, since clients look at the nodes then and ask no
 * more.
 */
function nodesOf(task: AgentTask, phase: AgentTaskPhase, status: number): readonly OriginalNode[] {
  if (phase === 'Pending' && status === INIT) return [];
  const results = new Map(hostResults(task).map(({ name, result }) => [name, result]));
  return hostsOf(task).map((ip) => {
    const result = results.get(ip);
    const nodeStatus = status === SUCCESS ? SUCCESS : nodeStatusOf[result ?? 'notRun'];
    return { ip, status: nodeStatus, log: nodeStatus === INIT ? null : '[]' };
  });
}
