import type { AgentTask, AgentTaskChildren, AgentTaskHost } from '../../../crds/types/agenttask.ts';
import { truncate } from '../../../kube/conditions.ts';
import { finalizer } from '../finalizers.ts';
import { MESSAGE_LIMIT } from '../executors/plain-text.ts';
import { summarize, summaryText, type TaskEnding } from '../run/outcome.ts';
import { isFinished, isTerminal } from '../phases.ts';
import type { Member } from './observe.ts';

/** How one host of a split task stands. */
export interface Verdict {
  /** For status.children; undefined when the parent made no task for the host. */
  readonly child: AgentTaskChildren | undefined;
  /** Nothing will change any more. */
  readonly settled: boolean;
  readonly host: AgentTaskHost;
}

/** @param never whether children that were not made yet never will be */
export function verdictsOn(members: readonly Member[], never: boolean): readonly Verdict[] {
  return members.map((member) => verdictOn(member, never));
}

function verdictOn(member: Member, never: boolean): Verdict {
  const { name, host, child, recorded, result } = member;
  const notRun = (message?: string): AgentTaskHost => ({
    name: host,
    result: 'notRun',
    ...(message === undefined ? {} : { message: truncate(message, MESSAGE_LIMIT) }),
  });
  // What was recorded once is the last word: its object may be gone since, and nobody may hear two stories.
  if (recorded !== undefined && isTerminal(recorded.phase))
    return { child: recorded, settled: true, host: result ?? notRun() };
  switch (member.is) {
    case 'unmade':
      return { child: undefined, settled: never, host: notRun() };
    case 'taken':
      return {
        child: undefined,
        settled: true,
        host: notRun(`there is an AgentTask ${name} that this task did not make; delete it and create this task anew`),
      };
    case 'gone':
      return {
        child: { name, host, phase: 'Stopped' },
        settled: true,
        host: notRun(`its AgentTask ${name} was deleted`),
      };
    case 'unseen':
      return { child: { name, host, phase: 'Pending' }, settled: false, host: notRun() };
    case 'there':
      return child === undefined ? { child: undefined, settled: false, host: notRun() } : verdictOnChild(child, member);
  }
}

function verdictOnChild(child: AgentTask, { name, host }: Member): Verdict {
  const { phase = 'Pending' } = child.status ?? {};
  if (isFinished(child)) return { child: { name, host, phase }, settled: true, host: resultOf(child, host) };
  // Its own controller has stopped what there was to stop, and lets it go: what is left is ours.
  const leaves =
    child.metadata.deletionTimestamp !== undefined && child.metadata.finalizers?.includes(finalizer) !== true;
  if (leaves)
    return {
      child: { name, host, phase: 'Stopped' },
      settled: true,
      host: { name: host, result: 'notRun', message: truncate(`its AgentTask ${name} was deleted`, MESSAGE_LIMIT) },
    };
  return { child: { name, host, phase }, settled: false, host: { name: host, result: 'notRun' } };
}

const good: ReadonlySet<AgentTaskHost['result']> = new Set(['ok', 'changed', 'skipped']);

/**
 * A host whose own task failed has failed, although every step that came to its end did well: a time-out, for example.
 */
function resultOf({ status }: AgentTask, host: string): AgentTaskHost {
  const own: AgentTaskHost = status?.hosts?.[0] ?? { name: host, result: 'notRun' };
  const result = status?.phase === 'Failed' && good.has(own.result) ? 'failed' : own.result;
  const why = own.message ?? (status?.phase === 'Succeeded' ? undefined : status?.message);
  return { ...own, name: host, result, ...(why === undefined ? {} : { message: truncate(why, MESSAGE_LIMIT) }) };
}

/** How the whole ended, of which every host is settled. */
export function endingOfFamily(verdicts: readonly Verdict[], stopRequested: boolean): TaskEnding {
  const hosts = verdicts.map(({ host }) => host);
  const phases = verdicts.map(({ child }) => child?.phase ?? 'Failed');
  const summary = summaryText(summarize(hosts));
  if (phases.every((phase) => phase === 'Succeeded'))
    return { phase: 'Succeeded', reason: 'Succeeded', message: summary, hosts };
  const cutShort = verdicts.some(({ child }) => child === undefined || child.phase === 'Stopped');
  if (stopRequested && cutShort)
    return { phase: 'Stopped', reason: 'Stopped', message: `stopped on request; ${summary}`, hosts };
  if (phases.every((phase) => phase === 'Stopped'))
    return { phase: 'Stopped', reason: 'Stopped', message: `each of its AgentTasks was stopped; ${summary}`, hosts };
  const names = verdicts.filter((_, index) => phases[index] !== 'Succeeded').map(({ host }) => host.name);
  const shown = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  const message = `${summary}; see status.hosts for ${shown}`;
  const some = phases.some((phase) => phase === 'Succeeded' || phase === 'PartlySucceeded');
  return { phase: some ? 'PartlySucceeded' : 'Failed', reason: 'HostsFailed', message, hosts };
}
