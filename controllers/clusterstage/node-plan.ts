import type { ClusterStageProgressNode } from '../../crds/types/clusterstage.ts';
import { rfc3339, truncate } from '../../kube/conditions.ts';
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

/** What has to hold until the next step begins: it is looked at anew each time. */
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
  const { stage, asked, view, now } = input;
  if (view.node === undefined) return goneNode(input);
  const steps = stepsOf({ ...stage.spec, stage: asked });
  const before = input.progress;
  const pastDrain = isPastDrain(before, view);
  let progress = before;
  const completed: StepName[] = [];
  for (const name of steps) {
    if (before.completed?.includes(name) === true && (pastDrain || !lasting.has(name))) {
      completed.push(name);
      continue;
    }
    const since = before.current === name && before.since !== undefined ? before.since : rfc3339(now);
    const result = stepFunctions[name]({ ...input, progress, since });
    progress = withFields(progress, result.fields);
    if (!result.done) return under(name, since, completed, progress, result);
    completed.push(name);
    // What belongs to a step that is done is nobody's any more.
    if (before.current === name) progress = withFields(progress, { settledSince: undefined, pods: undefined });
  }
  return { progress: ofSteps(progress, completed, { rate: 100 }), intents: [] };
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
