import type { AgentTask, AgentTaskBatch, AgentTaskHost } from '../../../crds/types/agenttask.ts';
import { hostResults } from '../../../crds/host-results.ts';
import { findCondition, truncate } from '../../../kube/conditions.ts';
import { finalizer } from '../finalizers.ts';
import { isFinished, isTerminal } from '../phases.ts';
import { kept, runsOn } from './attempts.ts';
import type { Batch } from './observe.ts';
import { batchReasons } from './reasons.ts';

/** How one batch stands. */
export interface Judgement {
  /** For status.batches, but for `confirm` and `otherHosts`. */
  readonly batch: AgentTaskBatch;
  /** Nothing will change any more by itself. */
  readonly settled: boolean;
  /** The content ran to its end on every host, and did well there. */
  readonly good: boolean;
  readonly hosts: readonly AgentTaskHost[];
}

/** Characters of a batch's message. */
const longestMessage = 256;

/** @param never whether batches that have not begun never will */
export function judged(members: readonly Batch[], never: boolean): readonly Judgement[] {
  return members.map((member) => judge(member, never));
}

function judge(member: Batch, never: boolean): Judgement {
  const { name, number, hosts, child, recorded, is } = member;
  const { confirm: _, otherHosts: __, ...before } = recorded;
  // What was recorded once is the last word: its object may be gone since, and nobody may hear two stories.
  if (isTerminal(before.phase))
    return { batch: before, settled: true, good: before.phase === 'Succeeded', hosts: resultsOf(member) };
  const idle = resultsOf(member);
  const own = { number, hosts, ...kept(recorded) };
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
      if (isFinished(child)) return judgeEnd(child, member);
      return leaves(child) ? lost(deleted(member)) : open(underWay(child, member));
  }
}

/**
 * The results of all hosts: those on which the last AgentTask does not run keep what they have.
 * @param latest what the last AgentTask tells of its hosts
 */
function resultsOf(
  { hosts, recorded, results }: Batch,
  latest: readonly AgentTaskHost[] = [],
): readonly AgentTaskHost[] {
  const open = new Set(isTerminal(recorded.phase) ? [] : runsOn(recorded));
  const before = results.filter(({ name }) => !open.has(name));
  const known = new Map([...before, ...latest].map((host) => [host.name, host]));
  return hosts.map((host) => known.get(host) ?? notRun(host));
}

/** Its own controller has stopped what there was to stop, and lets it go: what is left is ours. */
function leaves({ metadata }: AgentTask): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(finalizer) !== true;
}

function deleted({ name, number, hosts, recorded }: Batch): AgentTaskBatch {
  const message = `its AgentTask ${name} was deleted`;
  const { startTime } = recorded;
  const begun = startTime === undefined ? {} : { startTime };
  const { deleted: reason } = batchReasons;
  return { number, hosts, ...kept(recorded), task: name, phase: 'Stopped', reason, message, ...begun };
}

function underWay({ status }: AgentTask, { name, number, hosts, recorded }: Batch): AgentTaskBatch {
  const { phase = 'Pending', startTime } = status ?? {};
  const begun = startTime === undefined ? {} : { startTime };
  return { number, hosts, ...kept(recorded), task: name, phase, ...begun };
}

/**
 * That its task succeeded is not enough: content may leave a host out, or ignore that it was never reached, and the
 * next batch must not begin on the strength of that.
 */
function judgeEnd(child: AgentTask, member: Batch): Judgement {
  const { name, number, hosts, recorded } = member;
  const results = resultsOf(member, hostResults(child));
  const out = results.filter((host) => !didWell(host));
  const { reason, message = '', ...end } = endOf(child, out, recorded);
  const batch: AgentTaskBatch = {
    number,
    hosts,
    ...kept(recorded),
    task: name,
    ...end,
    ...(reason === undefined ? {} : { reason, message: truncate(message, longestMessage) }),
  };
  return { batch, settled: true, good: end.phase === 'Succeeded', hosts: results };
}

/** @param out hosts on which it did not run well. @returns phase and times, and a reason unless all is well */
function endOf(
  { status }: AgentTask,
  out: readonly AgentTaskHost[],
  { hosts, retried }: AgentTaskBatch,
): Pick<AgentTaskBatch, 'phase' | 'reason' | 'message' | 'startTime' | 'completionTime'> {
  const { phase = 'Failed', startTime, completionTime, message = '', conditions } = status ?? {};
  const times = {
    ...(startTime === undefined ? {} : { startTime }),
    ...(completionTime === undefined ? {} : { completionTime }),
  };
  const part = out.length < hosts.length ? 'PartlySucceeded' : 'Failed';
  if (phase === 'Succeeded')
    return out.length === 0 ? { phase, ...times } : { phase: part, ...told(out, retried), ...times };
  const whole = retried !== undefined && phase === 'Failed' ? part : phase;
  return { phase: whole, reason: findCondition(conditions, 'Ready')?.reason ?? phase, message, ...times };
}

/** Why a batch is not well whose last task is. @param retried the hosts on which that has run; undefined: all */
function told(
  out: readonly AgentTaskHost[],
  retried: readonly string[] | undefined,
): { readonly reason: string; readonly message: string } {
  return retried === undefined || out.some(({ name }) => retried.includes(name))
    ? { reason: batchReasons.hostsNotRun, message: `the content did not run on ${named(out)}` }
    : { reason: 'HostsFailed', message: `it did not go well on ${named(out)}` };
}

const well: ReadonlySet<AgentTaskHost['result']> = new Set(['ok', 'changed', 'skipped']);

/** The content came to its end there, and every step was as asked. */
export function didWell({ result }: AgentTaskHost): boolean {
  return well.has(result);
}

function notRun(name: string): AgentTaskHost {
  return { name, result: 'notRun' };
}

function named(hosts: readonly AgentTaskHost[]): string {
  const names = hosts.slice(0, 3).map(({ name }) => name);
  return `${names.join(', ')}${hosts.length > 3 ? ` and ${hosts.length - 3} more` : ''}`;
}
