import type { AgentTask } from '../../crds/types/agenttask.ts';
import { decisionOf, awaitsDecision } from './decisions.ts';
import { statusOf } from './reports.ts';
import { uuidOf } from './uuids.ts';

/** How a task stands, for who asked for it by way of the calls for third parties. */
export function progressOf(task: AgentTask, back: AgentTask | undefined, project: string): object {
  const shown = back ?? task;
  const batches = shown.status?.batches ?? [];
  const started = batches.filter(({ phase }) => phase !== 'Pending');
  const all = batches.length > 0 && batches.every(({ phase }) => phase !== 'Pending' && phase !== 'Running');
  const waits = batches.some(({ confirm }) => confirm === 'WaitConfirm');
  const link = `/task/${project}/${uuidOf(shown)}`;
  const open = back === undefined && awaitsDecision(task);
  return {
    stat: true,
    type: back === undefined ? (open || decisionOf(task) === 'rollback' ? 'deploy' : 'deployonly') : 'rollback',
    // Somebody has yet to say whether it is taken back.
    status: open || (decisionOf(task) === 'rollback' && back === undefined) ? 'running' : endOf(shown),
    msg: waits ? 'Wait for manual treatment' : '',
    link,
    progress: [started.length, batches.length],
    // Where somebody can decide something about it, once all of it is over.
    ctrl: [all ? link : null, link],
  };
}

function endOf(task: AgentTask): string {
  const status = statusOf(task);
  return status === 'success' ? 'complete' : status === 'fail' ? 'fail' : 'running';
}
