import type { AgentTask, AgentTaskBatch, AgentTaskHost, AgentTaskStatus } from '../../../crds/types/agenttask.ts';
import { findCondition, truncate } from '../../../kube/conditions.ts';
import { finalizer } from '../finalizers.ts';
import { isFinished, isTerminal } from '../phases.ts';
import { messageLimit, summarize, summaryText, type TaskEnding } from '../run/outcome.ts';
import type { Batch } from './observe.ts';
import { batchReasons } from './reasons.ts';

/** How one batch stands. */
export interface Judgement {
  /** For status.batches, but for `confirm`. */
  readonly batch: AgentTaskBatch;
  /** Nothing will change any more. */
  readonly settled: boolean;
  /** The content ran to its end on every host, and did well there. */
  readonly good: boolean;
  readonly hosts: readonly AgentTaskHost[];
}

/** Characters of a batch's message. */
const longestMessage = 256;

/** @param never whether batches that have not begun never will */
export function judged(members: readonly Batch[], never: boolean): readonly Judgement[] {
  const limit = messageLimit(members.reduce((sum, { hosts }) => sum + hosts.length, 0));
  return members.map((member) => judge(member, never, limit));
}

function judge(member: Batch, never: boolean, limit: number): Judgement {
  const { name, number, hosts, child, recorded, is } = member;
  const { confirm: _, ...before } = recorded;
  // What was recorded once is the last word: its object may be gone since, and nobody may hear two stories.
  if (isTerminal(before.phase)) {
    const results = new Map(member.results.map((host) => [host.name, host]));
    const known = hosts.map((host) => results.get(host) ?? notRun(host));
    return { batch: before, settled: true, good: before.phase === 'Succeeded', hosts: known };
  }
  const idle = hosts.map(notRun);
  const own = { number, hosts };
  const open = (batch: AgentTaskBatch): Judgement => ({ batch, settled: false, good: false, hosts: idle });
  const lost = (batch: AgentTaskBatch): Judgement => ({ batch, settled: true, good: false, hosts: idle });
  switch (is) {
    case 'unmade':
      return never ? lost({ ...own, phase: 'Stopped' }) : open({ ...own, phase: 'Pending' });
    case 'taken': {
      const message = `there is an AgentTask ${name} that this task did not make`;
      return lost({ ...own, phase: 'Failed', reason: batchReasons.taken, message });
    }
    case 'unseen':
      return open({ ...own, task: name, phase: 'Pending' });
    case 'gone':
      return lost(deleted(member));
    case 'there':
      if (child === undefined) return open({ ...own, phase: 'Pending' });
      if (isFinished(child)) return judgeEnd(child, member, limit);
      return leaves(child) ? lost(deleted(member)) : open(underWay(child, member));
  }
}

/** Its own controller has stopped what there was to stop, and lets it go: what is left is ours. */
function leaves({ metadata }: AgentTask): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(finalizer) !== true;
}

function deleted({ name, number, hosts, recorded: { startTime } }: Batch): AgentTaskBatch {
  const message = `its AgentTask ${name} was deleted`;
  const begun = startTime === undefined ? {} : { startTime };
  return { number, hosts, task: name, phase: 'Stopped', reason: batchReasons.deleted, message, ...begun };
}

function underWay({ status }: AgentTask, { name, number, hosts }: Batch): AgentTaskBatch {
  const { phase = 'Pending', startTime } = status ?? {};
  return { number, hosts, task: name, phase, ...(startTime === undefined ? {} : { startTime }) };
}

/**
 * That its task succeeded is not enough: content may leave a host out, or ignore that it was never reached, and the
 * next batch must not begin on the strength of that.
 */
function judgeEnd(child: AgentTask, { name, number, hosts }: Batch, limit: number): Judgement {
  const results = new Map(child.status?.hosts?.map((host) => [host.name, host]));
  const told = hosts.map((host): AgentTaskHost => {
    const result = results.get(host) ?? notRun(host);
    return result.message === undefined ? result : { ...result, message: truncate(result.message, limit) };
  });
  const out = told.filter(({ result }) => !didWell.has(result));
  const { reason, message = '', ...end } = endOf(child, out, told.length);
  const batch: AgentTaskBatch = {
    number,
    hosts,
    task: name,
    ...end,
    ...(reason === undefined ? {} : { reason, message: truncate(message, longestMessage) }),
  };
  return { batch, settled: true, good: end.phase === 'Succeeded', hosts: told };
}

/** @param out hosts on which it did not run well. @returns phase and times, and a reason unless all is well */
function endOf(
  { status }: AgentTask,
  out: readonly AgentTaskHost[],
  total: number,
): Pick<AgentTaskBatch, 'phase' | 'reason' | 'message' | 'startTime' | 'completionTime'> {
  const { phase = 'Failed', startTime, completionTime, message = '', conditions } = status ?? {};
  const times = {
    ...(startTime === undefined ? {} : { startTime }),
    ...(completionTime === undefined ? {} : { completionTime }),
  };
  if (phase !== 'Succeeded')
    return { phase, reason: findCondition(conditions, 'Ready')?.reason ?? phase, message, ...times };
  if (out.length === 0) return { phase, ...times };
  return {
    phase: out.length < total ? 'PartlySucceeded' : 'Failed',
    reason: batchReasons.hostsNotRun,
    message: `the content did not run on ${named(out)}`,
    ...times,
  };
}

const didWell: ReadonlySet<AgentTaskHost['result']> = new Set(['ok', 'changed', 'skipped']);

function notRun(name: string): AgentTaskHost {
  return { name, result: 'notRun' };
}

function named(hosts: readonly AgentTaskHost[]): string {
  const names = hosts.slice(0, 3).map(({ name }) => name);
  return `${names.join(', ')}${hosts.length > 3 ? ` and ${hosts.length - 3} more` : ''}`;
}

/** What is known of batches and hosts so far. */
export function reportOfBatches(
  { spec }: AgentTask,
  judgements: readonly Judgement[],
): Pick<AgentTaskStatus, 'batches' | 'hosts'> {
  const { confirm = 0, stop } = spec;
  const hosts = judgements.filter(({ settled }) => settled).flatMap((each) => each.hosts);
  const batches = judgements.map(({ batch, settled, good }, index): AgentTaskBatch => {
    const holds = settled && !good && stop !== true && index < judgements.length - 1;
    return holds ? { ...batch, confirm: confirm > batch.number ? 'Confirmed' : 'WaitConfirm' } : batch;
  });
  return { batches, ...(hosts.length === 0 ? {} : { hosts }) };
}

/** How the whole ended, of which every batch is settled. */
export function endingOfBatches(judgements: readonly Judgement[], stopRequested: boolean): TaskEnding {
  const hosts = judgements.flatMap((each) => each.hosts);
  const summary = summaryText(summarize(hosts));
  const bad = judgements.filter(({ good }) => !good);
  if (bad.length === 0) return { phase: 'Succeeded', reason: 'Succeeded', message: summary, hosts };
  if (stopRequested && bad.some(({ batch }) => batch.phase === 'Stopped'))
    return { phase: 'Stopped', reason: 'Stopped', message: `stopped on request; ${summary}`, hosts };
  const numbers = bad.map(({ batch }) => batch.number);
  const more = numbers.length > 5 ? ` and ${numbers.length - 5} more` : '';
  const which = `${numbers.length === 1 ? 'batch' : 'batches'} ${numbers.slice(0, 5).join(', ')}${more}`;
  return {
    phase: hosts.some(({ result }) => didWell.has(result)) ? 'PartlySucceeded' : 'Failed',
    reason: 'BatchesFailed',
    message: `${which} of ${judgements.length} did not succeed; ${summary}; see status.batches`,
    hosts,
  };
}

/** `batch 2 of 3 did not succeed (web-5: unreachable)`, for people. */
export function troubleText({ batch, hosts }: Judgement, total: number): string {
  const bad = hosts.filter(({ result }) => !didWell.has(result));
  const names = bad.slice(0, 3).map(({ name, result }) => `${name}: ${result === 'notRun' ? 'not run' : result}`);
  const who = `${names.join(', ')}${bad.length > 3 ? ` and ${bad.length - 3} more` : ''}`;
  const ran = bad.some(({ result }) => result !== 'notRun');
  return `batch ${batch.number} of ${total} did not succeed (${ran ? who : (batch.message ?? who)})`;
}
