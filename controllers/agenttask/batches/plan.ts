import type { AgentTask, AgentTaskConfirm, AgentTaskStatus, AgentTaskWaiting } from '../../../crds/types/agenttask.ts';
import { findCondition, rfc3339 } from '../../../kube/conditions.ts';
import { noFamily, type Family } from '../composite/observe.ts';
import { passedDown } from '../composite/orders.ts';
import { counted } from '../composite/report.ts';
import type { Intent, Plan } from '../intents.ts';
import type { Observed } from '../observe.ts';
import { isTerminal } from '../phases.ts';
import { ended, hindered, progress } from '../reports.ts';
import { summarize } from '../run/outcome.ts';
import { runsOn } from './attempts.ts';
import { stopwatch, untilDeadline } from './deadline.ts';
import { answerTo, decided, decisionText, objectionTo } from './decisions.ts';
import { withDrift } from './drift.ts';
import { holdsUp } from './holds.ts';
import { judged, type Judgement } from './judgement.ts';
import type { Batch } from './observe.ts';
import { asked, questionBefore, questionText, type Question } from './questions.ts';
import { endingOfBatches, reportOfBatches, type CutShort } from './report.ts';
import { workOf } from './work.ts';

/** The end of a child wakes its parent; this is for when the news got lost. Milliseconds. */
const lookAgain = 30_000;
/** Only a change of the spec brings a task on that waits for a person. Milliseconds. */
const whileHeld = 3_600_000;
/** How long (milliseconds) the API server is left alone after it has refused a child. */
const afterRefusal = 10_000;

/** What a pass does for the batch whose turn it is. */
interface Turn extends Plan {
  readonly status: AgentTaskStatus;
  /** What a person is waited for. */
  readonly waiting?: AgentTaskWaiting;
  /** How the batches stand, where somebody has just decided it otherwise. */
  readonly judgements?: readonly Judgement[];
  /** The batch works, or could: the time counts for the deadline. */
  readonly works: boolean;
}

/** One batch at a time: the next one begins when every one before it is settled, and nothing stands between them. */
export function batchesOnTheirWay(observed: Observed, now: Date): Plan | undefined {
  const { task, staged = noFamily, groupNow } = observed;
  if (task.status?.phase !== 'Running') return undefined;
  const { judgements, cutShort } = courseOf(task, staged.members, now);
  const at = judgements.findIndex(({ settled }) => !settled);
  const current = staged.members[at];
  if (current === undefined) {
    const { status = {}, ...plan } = ended(task, now, endingOfBatches(task, judgements, cutShort));
    // Its batches tell of the others.
    const { hosts: _, otherHosts: __, ...last } = lasting(status);
    return { ...plan, status: { ...last, ...reportOfBatches(judgements, status.decisions) } };
  }
  const turn = mayNotBegin(observed, judgements, current, now) ?? goOn(task, staged, at, cutShort, now);
  const { works, waiting, status, intents, ...next } = turn;
  const because = cutShort === 'deadline' ? 'spec.rollout.deadlineSeconds is over' : 'spec.stop is true';
  return {
    ...next,
    intents: [...passedDown({ ...task.spec, stop: cutShort !== undefined }, staged.members, because), ...intents],
    status: {
      ...withDrift(lasting(status), task, groupNow, now),
      ...reportOfBatches(turn.judgements ?? judgements, status.decisions, waiting),
      summary: summarize(judgements.flatMap(({ hosts }) => hosts)),
      ...(waiting === undefined ? {} : { waiting }),
      ...stopwatch(task, works, now),
    },
    requeueAfter: Math.min(next.requeueAfter ?? lookAgain, works ? stillLeft(task, now) : Infinity),
  };
}

/** How the batches stand, and what keeps those from beginning that have not. */
function courseOf(
  task: AgentTask,
  members: readonly Batch[],
  now: Date,
): { readonly judgements: readonly Judgement[]; readonly cutShort: CutShort } {
  const { stop, rollout } = task.spec;
  const judgements = judged(members, stop === true);
  if (stop === true) return { judgements, cutShort: 'stop' };
  // Who is done is done, however late somebody looks.
  if (judgements.every(({ settled, batch }) => settled && batch.phase !== 'Stopped'))
    return { judgements, cutShort: undefined };
  const late = (untilDeadline(task, now) ?? 1) <= 0;
  const givesUp = rollout?.onFailure === 'End' && judgements.some((each) => holdsUp(each, rollout));
  return {
    judgements: late || givesUp ? judged(members, true) : judgements,
    cutShort: late ? 'deadline' : undefined,
  };
}

/** Milliseconds until the deadline has to be looked at. */
function stillLeft(task: AgentTask, now: Date): number {
  const left = untilDeadline(task, now) ?? 0;
  return left > 0 ? left : Infinity;
}

/** Without what is true of a task only for the time being. */
function lasting(status: AgentTaskStatus): AgentTaskStatus {
  const { waiting: _, activeSeconds: __, activeSince: ___, ...rest } = status;
  return rest;
}

/** What stands before a batch that has not begun: a person is asked, and time has to go by. */
function mayNotBegin(
  { task, job }: Observed,
  judgements: readonly Judgement[],
  { number, is, recorded }: Batch,
  now: Date,
): Turn | undefined {
  if (is !== 'unmade' || recorded.attempt !== undefined || task.spec.stop === true) return undefined;
  const before = judgements[number - 2];
  const work = workOf(task, job);
  const question = questionBefore(number, task, before, work);
  if (question !== undefined) {
    const answer = answerTo(question, task, before);
    return answer === undefined
      ? ask(task, question, before, judgements.length, now)
      : follow(task, answer, judgements, work, now);
  }
  const baked = Date.parse(before?.batch.completionTime ?? '') + (task.spec.rollout?.bakeSeconds ?? 0) * 1000;
  if (!(baked > now.getTime()) || task.spec.paused === true) return undefined;
  const when = `${rfc3339(new Date(baked))} at the earliest (spec.rollout.bakeSeconds)`;
  const status = progress(task, now, 'Running', 'Baking', `batch ${number} of ${judgements.length} begins ${when}`);
  return { intents: [], status, requeueAfter: baked - now.getTime(), works: false };
}

function ask(task: AgentTask, question: Question, before: Judgement | undefined, total: number, now: Date): Turn {
  const objection = objectionTo(question, task, before);
  const text = questionText(question, task, before, total);
  const held = hindered(task, now, 'WaitConfirm', objection === undefined ? text : `${objection}; ${text}`);
  return { ...held, intents: [], requeueAfter: whileHeld, waiting: asked(question, task, now), works: false };
}

/** It is recorded who has decided what before anything comes of it. */
function follow(
  task: AgentTask,
  answer: AgentTaskConfirm,
  judgements: readonly Judgement[],
  work: string,
  now: Date,
): Turn {
  const { decisions, judgements: after } = decided(task, answer, judgements, now);
  const text = decisionText(answer);
  return {
    intents: [],
    status: { ...progress(task, now, 'Running', 'Decided', text), decisions, work },
    event: { type: 'Normal', reason: 'Decided', action: 'Run', note: text },
    requeueAfter: 1000,
    judgements: after,
    works: false,
  };
}

function goOn(task: AgentTask, { members, refusal }: Family<Batch>, at: number, cutShort: CutShort, now: Date): Turn {
  const works = task.spec.paused !== true;
  const next = members[at];
  if (next === undefined) return { intents: [], status: task.status ?? {}, works };
  const status = progress(task, now, 'Running', ...saying(task, next, members.length, cutShort));
  if (next.is !== 'unmade' || task.spec.paused === true) return { intents: [], status, requeueAfter: lookAgain, works };
  const rest = refusal === undefined ? 0 : refusal.at.getTime() + afterRefusal - now.getTime();
  // That the batches before have ended is recorded before the next one is made, as a run is before it is started.
  const recorded = members.slice(0, at).every((before) => isTerminal(before.recorded.phase));
  const refused = `the API server refuses the AgentTask: ${refusal?.message}`;
  return {
    intents: recorded && rest <= 0 ? made(next, members.length) : [],
    status: refusal === undefined ? status : hindered(task, now, 'ChildrenRefused', refused).status,
    requeueAfter: Math.max(rest, 1000),
    works,
  };
}

function made({ name, number, recorded }: Batch, total: number): readonly Intent[] {
  const { attempt } = recorded;
  const because =
    attempt === undefined
      ? `it is the turn of batch ${number} of ${total}`
      : `batch ${number} of ${total} is tried again (${attempt})`;
  return [{ do: 'makeChildren', children: [{ name, hosts: runsOn(recorded) }], because }];
}

/** Reason and message of a task under way: which batch it is at, and what that one is waiting for. */
function saying(
  task: AgentTask,
  { number, child, recorded }: Batch,
  total: number,
  cutShort: CutShort,
): [reason: string, message: string] {
  const which = `batch ${number} of ${total}`;
  if (cutShort === 'stop') return ['Stopping', `stopping, because spec.stop is true: at ${which}`];
  if (cutShort === 'deadline')
    return ['Stopping', `stopping, because spec.rollout.deadlineSeconds is over: at ${which}`];
  const begun = child?.status?.phase === 'Running';
  if (task.spec.paused === true)
    return ['Paused', `spec.paused is true: what runs goes on, and no batch begins; at ${which}`];
  const why = findCondition(child?.status?.conditions, 'Ready');
  const waits = child !== undefined && !begun && child.status?.observedGeneration !== 0 && why !== undefined;
  const on = counted(runsOn(recorded).length);
  return ['Running', `${which}: ${waits ? `${child.metadata.name} waits: ${why.message}` : `on ${on}`}`];
}
