import type { ClusterStageProgressNode } from '../../crds/types/clusterstage.ts';
import { truncate } from '../../kube/conditions.ts';
import type { Intent } from './intents.ts';
import { claimStep, cordonStep, uncordonStep } from './steps/in-and-out.ts';
import { detachStep } from './steps/detach.ts';
import { drainStep } from './steps/drain.ts';
import { joinStep } from './steps/join.ts';
import { readyStep } from './steps/ready.ts';
import type { StepInput, StepResult, Trouble } from './steps/step.ts';
import { taskStep } from './steps/task.ts';
import { stepsOf, type StepName } from './stage-steps.ts';

/** What is next for a node. */
export interface NodeNext {
  readonly progress: ClusterStageProgressNode;
  readonly intents: readonly Intent[];
  readonly trouble?: Trouble;
  readonly requeueAfter?: number;
}

interface Step {
  (input: StepInput): StepResult;
}

const stepFunctions: Readonly<Record<StepName, Step>> = {
  claim: claimStep,
  cordon: cordonStep,
  drain: drainStep,
  detach: detachStep,
  initialize: taskStep,
  upgrade: taskStep,
  ready: readyStep,
  uncordon: uncordonStep,
  join: joinStep,
};

/** What has to hold until the next step begins: it is looked at anew each time, as is what is to be in service. */
const lasting: ReadonlySet<string> = new Set(['claim', 'cordon', 'drain', 'detach']);

/** Whether the node has come to where it was to come. */
export function isDone({ completed = [], gone }: ClusterStageProgressNode, steps: readonly StepName[]): boolean {
  return gone === true || steps.every((step) => completed.includes(step));
}

/** Whether something of it was begun that was not ended. */
export function isUnderWay(progress: ClusterStageProgressNode, steps: readonly StepName[]): boolean {
  return !isDone(progress, steps) && (progress.current !== undefined || (progress.completed ?? []).length > 0);
}

/** Walks through the steps of one node, up to the first that is not done. */
export function planNode(input: Omit<StepInput, 'since'>): NodeNext {
  const { spec, view, now } = input;
  if (view.node === undefined) return goneNode(input);
  const steps = stepsOf(spec);
  const before = input.progress;
  const pastDrain = isPastDrain(before, view);
  let progress = before;
  const completed: StepName[] = [];
  const intents: Intent[] = [];
  for (const [index, name] of steps.entries()) {
    if (before.completed?.includes(name) === true && (pastDrain || !lasting.has(name)) && spec.stage !== 'running') {
      completed.push(name);
      continue;
    }
    const since = before.current === name && before.since !== undefined ? before.since : now.toISOString();
    const result = stepFunctions[name]({ ...input, progress, since });
    progress = withFields(progress, result.fields);
    intents.push(...(result.intents ?? []));
    if (!result.done) {
      if (result.leadsOn === true) intents.push(...ahead(steps.slice(index + 1), { ...input, progress }));
      return under(name, since, completed, progress, { ...result, intents });
    }
    completed.push(name);
    // What belongs to a step that is done is nobody's any more.
    if (before.current === name) progress = withFields(progress, { settledSince: undefined, pods: undefined });
  }
  return { progress: ofSteps(progress, completed, { rate: 100 }), intents };
}

/**
 * What the steps intend that may begin as soon as the one before them has been carried out. It is recorded only when it
 * is seen that it was: what has to last is counted from there.
 */
function ahead(steps: readonly StepName[], input: Omit<StepInput, 'since'>): readonly Intent[] {
  const intents: Intent[] = [];
  for (const name of steps) {
    if (!lasting.has(name)) break;
    const { done, leadsOn, intents: more = [] } = stepFunctions[name]({ ...input, since: input.now.toISOString() });
    intents.push(...more);
    if (!done && leadsOn !== true) break;
  }
  return intents;
}

/** Until the task is made, what comes to the node has to leave it again. */
function isPastDrain({ current, completed = [], task }: ClusterStageProgressNode, view: StepInput['view']): boolean {
  if (current === 'upgrade' && task === undefined && view.task.is === 'unmade') return false;
  return ['initialize', 'upgrade', 'ready', 'uncordon'].some((step) => step === current || completed.includes(step));
}

function under(
  current: StepName,
  since: string,
  completed: readonly StepName[],
  progress: ClusterStageProgressNode,
  { intents = [], trouble, rate = 0, requeueAfter }: StepResult,
): NodeNext {
  const held = trouble === undefined ? {} : { blockedBy: truncate(trouble.message, 512) };
  const failed = trouble?.kind === 'failed' ? { failed: true } : {};
  return {
    progress: ofSteps(progress, completed, { rate, current, since, ...held, ...failed }),
    intents,
    ...(trouble === undefined ? {} : { trouble }),
    ...(requeueAfter === undefined ? {} : { requeueAfter }),
  };
}

function ofSteps(
  { name, settledSince, pods, task }: ClusterStageProgressNode,
  completed: readonly StepName[],
  more: Partial<ClusterStageProgressNode> & { readonly rate: number },
): ClusterStageProgressNode {
  return {
    name,
    ...(completed.length === 0 ? {} : { completed }),
    ...(settledSince === undefined ? {} : { settledSince }),
    ...(pods === undefined ? {} : { pods }),
    ...(task === undefined ? {} : { task }),
    ...more,
  };
}

function withFields(progress: ClusterStageProgressNode, fields: StepResult['fields'] = {}): ClusterStageProgressNode {
  return { ...progress, ...fields } as ClusterStageProgressNode;
}

/** Nothing is left to put back, but its machine must not stay claimed. */
function goneNode({ progress, view }: Omit<StepInput, 'since'>): NodeNext {
  const because = `the node ${view.name} is gone`;
  return {
    progress: ofSteps(progress, (progress.completed ?? []) as readonly StepName[], { rate: progress.rate, gone: true }),
    intents: view.held ? [{ do: 'releaseHosts', hosts: [view.name], because }] : [],
  };
}
