import { isReversible } from '../../crds/rollbacks.ts';
import type { AgentTask } from '../../crds/types/agenttask.ts';
import { decisionOf } from './decisions.ts';
import { statusOf } from './reports.ts';
import type { FoundRun } from './runs.ts';
import { uuidOf } from './uuids.ts';

/**
 * How a task stands, for who asked for it by way of the calls for third parties.
 * @param back the task that takes it back
 */
export function progressOf({ object: task, live }: FoundRun, back: AgentTask | undefined, project: string): object {
  const shown = back ?? task;
  const batches = shown.status?.batches ?? [];
  const started = batches.filter(({ phase }) => phase !== 'Pending');
  const all = batches.length > 0 && batches.every(({ phase }) => phase !== 'Pending' && phase !== 'Running');
  const waits = batches.some(({ confirm }) => confirm === 'WaitConfirm');
  const link = `/task/${project}/${uuidOf(shown)}`;
  const decision = decisionOf(task);
  const goesBack = decision === undefined ? isReversible(task) : decision === 'rollback';
  // Somebody has yet to say whether it is taken back, or to do so. Of a task that is gone nobody can.
  const open = live && goesBack && back === undefined;
  return {
    stat: true,
    type: back === undefined ? (goesBack ? 'deploy' : 'deployonly') : 'rollback',
    status: open ? 'running' : endOf(shown),
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
