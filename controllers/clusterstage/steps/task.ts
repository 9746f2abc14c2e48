import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { findCondition } from '../../../kube/conditions.ts';
import type { StepInput, StepResult } from './step.ts';
import { hasEnded } from '../observe.ts';
import { drains } from '../stage-steps.ts';
import { hostOf } from '../task.ts';

/** Milliseconds. The task's end is heard of; this is for when the news got lost. */
const lookAgain = 30_000;
const afterRefusal = 10_000;

/** The task has upgraded or initialized the node: it was made once, and ended well. */
export function taskStep(input: StepInput): StepResult {
  const { stage, progress, view } = input;
  const { name, is, child } = view.task;
  const recorded = progress.task;
  if (recorded?.result !== undefined) return verdict(input, { ...recorded, result: recorded.result }, child);
  switch (is) {
    case 'unmade':
      return make(input);
    case 'unseen':
      return { done: false, requeueAfter: 1000 };
    case 'taken':
      return stuck('NameTaken', `another AgentTask is named ${where(stage, name)}: delete it`);
    case 'gone':
      return verdict(input, { name, result: 'Deleted' }, child);
    case 'there':
      return follow(input, child);
  }
}

function make({ stage, spec, view, refusal }: StepInput): StepResult {
  const { node, name, task } = view;
  const { upgrade } = spec;
  if (node === undefined || upgrade === undefined) return { done: false };
  const host = hostOf(node, upgrade);
  if (host === undefined)
    return stuck(
      'NoAddress',
      `node ${name} shows no address of the type ${upgrade.address}: set upgrade.address to another one`,
    );
  // It was empty when it was drained; it has to be when it is handed over.
  if (drains(spec) && !view.seenEmpty) return { done: false, requeueAfter: 100 };
  const ready = spec.stage === 'initializing' ? 'takes no pods and can be initialized' : 'is empty and can be upgraded';
  const because = `${name} ${ready}`;
  const intents = [{ do: 'makeChildren' as const, children: [{ name: task.name, host }], because }];
  if (refusal === undefined) return { done: false, intents, requeueAfter: 1000 };
  const message = `the API server refuses the AgentTask ${where(stage, task.name)}: ${refusal}`;
  return {
    done: false,
    intents,
    trouble: { kind: 'stuck', reason: 'TaskRefused', message },
    requeueAfter: afterRefusal,
  };
}

function follow(input: StepInput, child: AgentTask | undefined): StepResult {
  const { stage, spec, view } = input;
  const { name } = view.task;
  const phase = child?.status?.phase;
  if (child !== undefined && hasEnded(child) && phase !== undefined)
    return verdict(input, { name, result: phase }, child);
  const reason = findCondition(child?.status?.conditions, 'Ready');
  const said = reason === undefined ? '' : `: ${reason.message}`;
  return {
    done: false,
    rate: phase === 'Running' ? 50 : 0,
    fields: { task: { name } },
    trouble: {
      kind: 'waiting',
      reason: reasonsOf(spec).underWay,
      message: `AgentTask ${where(stage, name)} to end${said}`,
    },
    requeueAfter: lookAgain,
  };
}

function verdict(
  { stage, spec }: StepInput,
  recorded: { readonly name: string; readonly result: string },
  child: AgentTask | undefined,
): StepResult {
  const { name, result } = recorded;
  if (result === 'Succeeded') return { done: true, fields: { task: recorded } };
  const detail = child?.status?.message ?? '';
  const why = detail === '' ? '' : ` (${detail})`;
  const message =
    `AgentTask ${where(stage, name)} ended as ${result}${why}: the node stays out of service. Set another requestID ` +
    'to try again, or the stage to running';
  return {
    done: false,
    fields: { task: recorded },
    trouble: { kind: 'failed', reason: reasonsOf(spec).failed, message },
  };
}

function reasonsOf({ stage }: StepInput['spec']): { readonly underWay: string; readonly failed: string } {
  return stage === 'initializing'
    ? { underWay: 'Initializing', failed: 'InitializationFailed' }
    : { underWay: 'Upgrading', failed: 'UpgradeFailed' };
}

function stuck(reason: string, message: string): StepResult {
  return { done: false, trouble: { kind: 'stuck', reason, message }, requeueAfter: 15_000 };
}

function where(stage: StepInput['stage'], name: string): string {
  return `${stage.spec.upgrade?.taskTemplate.namespace ?? ''}/${name}`;
}
