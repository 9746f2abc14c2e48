import type {
  ClusterStage,
  ClusterStageProgressNodeCurrent,
  ClusterStageScope,
  ClusterStageSpec,
} from '../../crds/types/clusterstage.ts';

export type StepName = ClusterStageProgressNodeCurrent;

const takeOut: readonly StepName[] = ['claim', 'cordon', 'drain', 'detach'];
const keepBack: readonly StepName[] = ['claim', 'cordon'];
const letIn: readonly StepName[] = ['ready', 'uncordon'];

/** What is done with each node, in this order: a later step relies on every earlier one. */
export function stepsOf({ stage, upgrade }: Pick<ClusterStageSpec, 'stage' | 'upgrade'>): readonly StepName[] {
  switch (stage) {
    case 'running':
      return ['uncordon'];
    case 'support':
      return takeOut;
    case 'upgrading':
      // Without a task somebody else upgrades it, and says when that is done.
      return upgrade === undefined ? takeOut : [...takeOut, 'upgrade', ...letIn];
    case 'booting':
      return [...keepBack, ...letIn];
    case 'initializing':
      return upgrade === undefined ? [...keepBack, ...letIn] : [...keepBack, 'initialize', ...letIn];
    case 'installed':
    case 'configured':
    case 'uninitialized':
      return keepBack;
    case 'expanding':
      return ['join'];
  }
}

/**
 * What was begun. What the spec asks for since counts when that is begun itself; how it is done may change on the way.
 */
export function begunSpec({ spec, status }: ClusterStage): ClusterStageSpec {
  return { ...spec, stage: status?.run?.stage ?? spec.stage };
}

/** Whether nodes stay out of service at the end, so that what was done to them has to hold. */
export function holdsNodes(spec: Pick<ClusterStageSpec, 'stage' | 'upgrade'>): boolean {
  const last = stepsOf(spec).at(-1);
  return last === 'detach' || last === 'cordon';
}

/** Whether a node is still on its way into the cluster. */
export function isJoining(stage: string): boolean {
  return ['installed', 'configured', 'uninitialized', 'initializing', 'booting'].includes(stage);
}

/** Whether tasks run on nodes while they are out, for which they have to be let in. */
export function runsTasks(stage: ClusterStageSpec['stage']): boolean {
  return stage === 'upgrading' || stage === 'initializing';
}

/** Whether nodes that are in service go out of it, which others may have to wait for. */
export function takesOut(stage: ClusterStageSpec['stage']): boolean {
  return stage === 'support' || stage === 'upgrading';
}

/** Whether nodes have to wait for others that are out. The whole cluster in support is out at once. */
export function isLimited({ stage, scope }: ClusterStageSpec): boolean {
  return takesOut(stage) && (scope !== 'Cluster' || stage === 'upgrading');
}

/** Whether pods are moved away. With the whole cluster in support they could go nowhere. */
export function drains({ stage, scope, drain, upgrade }: ClusterStageSpec): boolean {
  if (!stepsOf({ stage, ...(upgrade === undefined ? {} : { upgrade }) }).includes('drain')) return false;
  return drain?.enabled !== false && !(stage === 'support' && scope === 'Cluster');
}

/** @returns what the ClusterStage is about: one node unless it says otherwise */
export function scopeOf({ spec }: ClusterStage): ClusterStageScope {
  return spec.scope ?? 'Node';
}
