import type { ClusterStageProgressNodeCurrent, ClusterStageSpec } from '../../crds/types/clusterstage.ts';

export type StepName = ClusterStageProgressNodeCurrent;

const takeOut: readonly StepName[] = ['claim', 'cordon', 'drain'];

/** What is done with each node, in this order: a later step relies on every earlier one. */
export function stepsOf({ stage, upgrade }: Pick<ClusterStageSpec, 'stage' | 'upgrade'>): readonly StepName[] {
  switch (stage) {
    case 'running':
      return ['uncordon'];
    case 'support':
      return takeOut;
    case 'upgrading':
      // Without a task somebody else upgrades it, and says when that is done.
      return upgrade === undefined ? takeOut : [...takeOut, 'upgrade', 'ready', 'uncordon'];
    case 'booting':
      return ['claim', 'cordon', 'ready', 'uncordon'];
  }
}

/** Whether nodes stay out of service at the end, so that what was done to them has to hold. */
export function holdsNodes(spec: Pick<ClusterStageSpec, 'stage' | 'upgrade'>): boolean {
  return stepsOf(spec).at(-1) === 'drain';
}

/** Whether nodes that are in service go out of it, which others may have to wait for. */
export function takesOut(stage: ClusterStageSpec['stage']): boolean {
  return stage === 'support' || stage === 'upgrading';
}

/** Whether pods are moved away. With the whole cluster in support they could go nowhere. */
export function drains({ stage, scope, drain }: ClusterStageSpec): boolean {
  return drain?.enabled !== false && !(stage === 'support' && scope === 'Cluster');
}
