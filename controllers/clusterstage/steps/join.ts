import type { StepInput, StepResult } from './step.ts';

/** Milliseconds. That a node comes to another stage is heard of; this is for when the news got lost. */
const lookAgain = 30_000;

/** The node is no longer on its way into the cluster: its own ClusterStage says so, or there is none. */
export function joinStep({ view: { name, joining } }: StepInput): StepResult {
  if (joining === undefined) return { done: true };
  const message =
    joining === 'initializing' || joining === 'booting'
      ? `node ${name} is ${joining}`
      : `node ${name} is ${joining}: set its ClusterStage to initializing, or to running`;
  return { done: false, trouble: { kind: 'waiting', reason: 'NodeJoining', message }, requeueAfter: lookAgain };
}
