import type {
  AgentTask,
  AgentTaskBatch,
  AgentTaskDecision,
  AgentTaskHost,
  AgentTaskStatus,
  AgentTaskWaiting,
} from '../../../crds/types/agenttask.ts';
import { hostReports } from '../host-report.ts';
import { summarize, summaryText, type TaskEnding } from '../run/outcome.ts';
import { didWell, type Judgement } from './judgement.ts';

/**
 * What is known of batches and hosts so far.
 * @param decisions of people, so far
 * @param waiting what a person is waited for; undefined: for nobody
 */
export function reportOfBatches(
  judgements: readonly Judgement[],
  decisions: readonly AgentTaskDecision[] = [],
  waiting?: AgentTaskWaiting,
): Pick<AgentTaskStatus, 'batches' | 'hosts'> {
  const confirmed = new Set(decisions.filter(({ action }) => action === 'Proceed').map(({ batch }) => batch - 1));
  const total = judgements.reduce((sum, { batch }) => sum + batch.hosts.length, 0);
  const parts = judgements.map(toldHosts);
  const reports = hostReports(parts, total);
  const batches = judgements.map(({ batch }, index): AgentTaskBatch => {
    const { otherHosts } = reports[index] ?? {};
    const told = otherHosts === undefined ? batch : { ...batch, otherHosts };
    if (waiting?.batch === batch.number + 1) return { ...told, confirm: 'WaitConfirm' };
    return confirmed.has(batch.number) ? { ...told, confirm: 'Confirmed' } : told;
  });
  const nothingKnown = parts.every(({ length }) => length === 0);
  return { batches, ...(nothingKnown ? {} : { hosts: reports.flatMap(({ hosts }) => hosts) }) };
}

/** Hosts of a batch that is tried again keep what they have. */
function toldHosts({ settled, batch, hosts }: Judgement): readonly AgentTaskHost[] {
  return settled || batch.attempt !== undefined ? hosts : [];
}

/** What kept batches from beginning, or cut one off, other than what became of those before. */
export type CutShort = 'stop' | 'deadline' | undefined;

/** How the whole ended, of which every batch is settled. */
export function endingOfBatches({ spec }: AgentTask, judgements: readonly Judgement[], cutShort: CutShort): TaskEnding {
  const hosts = judgements.flatMap((each) => each.hosts);
  const summary = summaryText(summarize(hosts));
  const bad = judgements.filter(({ good }) => !good);
  if (bad.length === 0) return { phase: 'Succeeded', reason: 'Succeeded', message: summary, hosts };
  const stopped = bad.some(({ batch }) => batch.phase === 'Stopped');
  if (cutShort === 'stop' && stopped)
    return { phase: 'Stopped', reason: 'Stopped', message: `stopped on request; ${summary}`, hosts };
  const phase = hosts.some(didWell) ? 'PartlySucceeded' : 'Failed';
  if (cutShort === 'deadline' && stopped) {
    const over = `it took longer than spec.rollout.deadlineSeconds (${spec.rollout?.deadlineSeconds} s)`;
    return { phase, reason: 'DeadlineExceeded', message: `${over}, and was stopped; ${summary}`, hosts };
  }
  const failed = bad.filter(({ batch }) => batch.task !== undefined || batch.reason !== undefined);
  const numbers = failed.map(({ batch }) => batch.number);
  const more = numbers.length > 5 ? ` and ${numbers.length - 5} more` : '';
  const which = `${numbers.length === 1 ? 'batch' : 'batches'} ${numbers.slice(0, 5).join(', ')}${more}`;
  return {
    phase,
    reason: 'BatchesFailed',
    message: `${which} of ${judgements.length} did not succeed; ${summary}; see status.batches`,
    hosts,
  };
}

/** `batch 2 of 3 did not succeed (web-5: unreachable)`, for people. */
export function troubleText({ batch, hosts }: Judgement, total: number): string {
  const bad = hosts.filter((host) => !didWell(host));
  const names = bad.slice(0, 3).map(({ name, result }) => `${name}: ${result === 'notRun' ? 'not run' : result}`);
  const who = `${names.join(', ')}${bad.length > 3 ? ` and ${bad.length - 3} more` : ''}`;
  const ran = bad.some(({ result }) => result !== 'notRun');
  return `batch ${batch.number} of ${total} did not succeed (${ran ? who : (batch.message ?? who)})`;
}
