import type { AgentTask, AgentTaskBatch, AgentTaskHost } from '../../../crds/types/agenttask.ts';
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
export function changedBatches({ status }: AgentTask): readonly (readonly string[])[] {
  const results = new Map(status?.hosts?.map((host) => [host.name, host]));
  return (status?.batches ?? [])
    .toReversed()
    .map((batch) => batch.hosts.filter((host) => mayHaveChanged(batch, results.get(host))))
    .filter(({ length }) => length > 0);
}

function mayHaveChanged(batch: AgentTaskBatch, host: AgentTaskHost | undefined): boolean {
  if (batch.task === undefined) return false;
  if (wasCutOff(batch)) return batch.startTime !== undefined || batch.reason === batchReasons.deleted;
  if (host?.result === 'changed' || host?.result === 'failed') return true;
  const { ok = 0, changed = 0, failed = 0 } = host?.counts ?? {};
  // The connection may have gone in the midst of a step.
  return host?.result === 'unreachable' ? ok + changed + failed > 0 : changed > 0;
}

function wasCutOff({ phase, reason = '' }: AgentTaskBatch): boolean {
  return phase !== 'Succeeded' && !ownEnds.has(reason);
}
