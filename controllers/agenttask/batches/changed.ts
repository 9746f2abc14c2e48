import type { AgentTask, AgentTaskBatch, AgentTaskHost } from '../../../crds/types/agenttask.ts';
import { hostResults } from '../../../crds/host-results.ts';
import { runsOn } from './attempts.ts';
import { batchReasons } from './reasons.ts';

/** Reasons of a run that came to its own end, so that its hosts' results tell what it did. */
const ownEnds: ReadonlySet<string> = new Set([
  'HostsFailed',
  'ContentFailed',
  'Incomplete',
  'NothingRan',
  batchReasons.hostsNotRun,
]);

/**
 * The hosts on which a task may have changed something, the last batch first. On doubt a host is among them: one whose
 * run was cut off, or of which nobody heard any more.
 */
export function changedBatches(task: AgentTask): readonly (readonly string[])[] {
  const results = new Map(hostResults(task).map((host) => [host.name, host]));
  return (task.status?.batches ?? [])
    .toReversed()
    .map((batch) => batch.hosts.filter((host) => mayHaveChanged(batch, host, results.get(host))))
    .filter(({ length }) => length > 0);
}

/** Whether a task may have changed a host of this batch. @param result of the host; undefined: none is known */
export function mayHaveChanged(batch: AgentTaskBatch, host: string, result: AgentTaskHost | undefined): boolean {
  if (batch.changedBefore?.includes(host) === true) return true;
  if (batch.task === undefined) return false;
  if (wasCutOff(batch) && runsOn(batch).includes(host))
    return batch.startTime !== undefined || batch.reason === batchReasons.deleted;
  return result !== undefined && toldOfChange(result);
}

function toldOfChange({ result, counts }: AgentTaskHost): boolean {
  if (result === 'changed' || result === 'failed') return true;
  const { ok = 0, changed = 0, failed = 0 } = counts ?? {};
  // The connection may have gone in the midst of a step.
  return result === 'unreachable' ? ok + changed + failed > 0 : changed > 0;
}

function wasCutOff({ phase, reason = '' }: AgentTaskBatch): boolean {
  return phase !== 'Succeeded' && !ownEnds.has(reason);
}
