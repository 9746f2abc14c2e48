import type { AgentTask, AgentTaskBatch } from '../../../crds/types/agenttask.ts';
import { findCondition, rfc3339 } from '../../../kube/conditions.ts';
import { noFamily, type Family } from '../composite/observe.ts';
import { passedDown } from '../composite/orders.ts';
import { counted } from '../composite/report.ts';
import type { Intent, Plan } from '../intents.ts';
import type { Observed } from '../observe.ts';
import { isTerminal } from '../phases.ts';
import { ended, hindered, progress, stuck, waiting } from '../reports.ts';
import { summarize, untouched } from '../run/outcome.ts';
import type { Batch } from './observe.ts';
import { endingOfBatches, judged, reportOfBatches, troubleText, type Judgement } from './verdicts.ts';

/** The end of a child wakes its parent; this is for when the news got lost. Milliseconds. */
const lookAgain = 30_000;
/** Only a change of the spec brings a task on that waits for a person. Milliseconds. */
const whileHeld = 3_600_000;
/** How long (milliseconds) the API server is left alone after it has refused a child. */
const afterRefusal = 10_000;
const seconds = (count: number): number => count * 1000;

/** Before anything is decided for its hosts it has to be known which ones they are. */
export function waitForBatches({ task, wanted }: Observed, now: Date): Plan | undefined {
  if (wanted === undefined) return undefined;
  if (wanted.is === 'lacks') return stuck(task, now, wanted.reason, wanted.message, seconds(300));
  if (wanted.is === 'comes') return waiting(task, now, wanted.reason, wanted.message, seconds(60));
  const message = 'there is nothing to undo: the task to be undone has changed no host';
  return wanted.batches.length > 0
    ? undefined
    : ended(task, now, { phase: 'Succeeded', reason: 'NothingToUndo', message, hosts: [] });
}

/** While it waits, a task shows the batches that it would have: others go by them to see which hosts it waits for. */
export function showBatches({ wanted }: Observed, next: Plan): Plan {
  if (wanted === undefined || next.status?.phase !== 'Pending') return next;
  const { batches: _, ...status } = next.status;
  return { ...next, status: wanted.is === 'known' ? { ...status, batches: unbegun(wanted.batches) } : status };
}

/**
 * The batches are frozen, and the task recorded as running, before the first child is made. It holds all hosts until
 * its end: nobody shall work on some of them between two batches.
 */
export function beginBatches({ task, hosts, wanted, claims }: Observed, now: Date): Plan {
  const batches = wanted?.is === 'known' ? unbegun(wanted.batches) : [];
  const scope = `${counted(hosts.length)} in ${batches.length} ${batches.length === 1 ? 'batch' : 'batches'}`;
  const because = `${scope}, one batch after the other`;
  const { plan: _, ...status } = progress(task, now, 'Running', 'Running', `running on ${because}`);
  const named = new Set(hosts);
  const others = claims.held.filter((host) => !named.has(host));
  const intents: Intent[] = [
    { do: 'addFinalizer', because: 'a deleted task must not leave children or claims behind' },
  ];
  if (others.length > 0) intents.push({ do: 'releaseHosts', hosts: others, because: 'they are in no batch any more' });
  if (task.spec.shared !== true) intents.push({ do: 'claimHosts', hosts, tickets: claims.tickets, because });
  return {
    intents,
    status: { ...status, batches, summary: summarize(untouched(hosts)), startTime: rfc3339(now) },
    event: { type: 'Normal', reason: 'Started', action: 'Run', note: `running on ${because}` },
  };
}

function unbegun(batches: readonly (readonly string[])[]): readonly AgentTaskBatch[] {
  return batches.map((hosts, index) => ({ number: index + 1, hosts, phase: 'Pending' }));
}

/** One batch at a time: the next one begins when every one before it is settled, and well or confirmed. */
export function batchesOnTheirWay({ task, staged = noFamily }: Observed, now: Date): Plan | undefined {
  if (task.status?.phase !== 'Running') return undefined;
  const judgements = judged(staged.members, task.spec.stop === true);
  const reached = reportOfBatches(task, judgements);
  const at = judgements.findIndex(({ settled }) => !settled);
  const next = staged.members[at];
  if (next === undefined) {
    const plan = ended(task, now, endingOfBatches(judgements, task.spec.stop === true));
    return { ...plan, ...(plan.status === undefined ? {} : { status: { ...plan.status, ...reached } }) };
  }
  const holder = next.is === 'unmade' ? holderOf(task, judgements.slice(0, at)) : undefined;
  const goesOn = holder === undefined ? goOn(task, staged, at, now) : hold(task, holder, next, judgements.length, now);
  const summary = summarize(judgements.flatMap(({ hosts }) => hosts));
  return {
    ...goesOn,
    intents: [...passedDown(task, staged.members), ...goesOn.intents],
    status: { ...goesOn.status, ...reached, summary },
  };
}

function hold(task: AgentTask, holder: Judgement, { number }: Batch, total: number, now: Date): Plan {
  const way = `set spec.confirm to ${number} to let batch ${number} begin, or spec.stop to end the task`;
  const held = hindered(task, now, 'WaitConfirm', `${troubleText(holder, total)}: ${way}`);
  return { ...held, intents: [], requeueAfter: whileHeld };
}

function goOn(task: AgentTask, { members, refusal }: Family<Batch>, at: number, now: Date): Plan {
  const next = members[at];
  if (next === undefined) return { intents: [] };
  const status = progress(task, now, 'Running', ...saying(task, next, members.length));
  if (next.is !== 'unmade' || task.spec.paused === true) return { intents: [], status, requeueAfter: lookAgain };
  const rest = refusal === undefined ? 0 : refusal.at.getTime() + afterRefusal - now.getTime();
  // That the batches before have ended is recorded before the next one is made, as a run is before it is started.
  const recorded = members.slice(0, at).every((before) => isTerminal(before.recorded.phase));
  const refused = `the API server refuses the AgentTask: ${refusal?.message}`;
  return {
    intents: recorded && rest <= 0 ? made(next, members.length) : [],
    status: refusal === undefined ? status : hindered(task, now, 'ChildrenRefused', refused).status,
    requeueAfter: Math.max(rest, 1000),
  };
}

/** @returns the last batch that did not do well, unless somebody has confirmed that the next one may begin */
function holderOf({ spec }: AgentTask, before: readonly Judgement[]): Judgement | undefined {
  const last = before.findLast(({ good }) => !good);
  return last === undefined || (spec.confirm ?? 0) > last.batch.number ? undefined : last;
}

function made({ name, number, hosts }: Batch, total: number): readonly Intent[] {
  return [
    { do: 'makeChildren', children: [{ name, hosts }], because: `it is the turn of batch ${number} of ${total}` },
  ];
}

/** Reason and message of a task under way: which batch it is at, and what that one is waiting for. */
function saying(task: AgentTask, { number, child, hosts }: Batch, total: number): [reason: string, message: string] {
  const which = `batch ${number} of ${total}`;
  if (task.spec.stop === true) return ['Stopping', `stopping, because spec.stop is true: at ${which}`];
  const begun = child?.status?.phase === 'Running';
  if (task.spec.paused === true)
    return ['Paused', `spec.paused is true: what runs goes on, and no batch begins; at ${which}`];
  const why = findCondition(child?.status?.conditions, 'Ready');
  const waits = child !== undefined && !begun && child.status?.observedGeneration !== 0 && why !== undefined;
  return [
    'Running',
    `${which}: ${waits ? `${child.metadata.name} waits: ${why.message}` : `on ${counted(hosts.length)}`}`,
  ];
}
