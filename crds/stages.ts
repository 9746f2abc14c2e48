import type { ClusterStage, ClusterStageScope, ClusterStageStage } from './types/clusterstage.ts';

/** Those of either scope, as the original system has them. */
const stagesByScope: Readonly<Record<ClusterStageScope, readonly ClusterStageStage[]>> = {
  Cluster: ['running', 'support', 'upgrading', 'booting', 'initializing', 'expanding'],
  Node: ['running', 'support', 'upgrading', 'booting', 'installed', 'configured', 'uninitialized', 'initializing'],
};

/** All stages that can be asked for. */
export const stages: readonly ClusterStageStage[] = [...new Set(Object.values(stagesByScope).flat())];

/** The stages that can be asked for in a scope, in the order in which they are listed. */
export function stagesOf(scope: ClusterStageScope): readonly ClusterStageStage[] {
  return stagesByScope[scope];
}

/**
 * @returns the stages that are offered next, by the table of the original system. Others are taken, too: running breaks
 * off whatever is under way
 */
export function availableAfter(scope: ClusterStageScope, stage: string): readonly ClusterStageStage[] {
  if (stage === 'running') return ['support'];
  if (stage === 'support') return ['running'];
  // What the original system calls to activate a node.
  return scope === 'Node' && stage === 'uninitialized' ? ['initializing'] : [];
}

/**
 * The stage that a ClusterStage is in, or on its way into; what was asked for a moment ago counts at once, and what is
 * only planned (spec.dryRun) not at all.
 */
export function stageOf({ metadata, spec, status }: ClusterStage): string {
  if (spec.dryRun === true) return status?.stage ?? 'running';
  const seen = status?.observedGeneration === metadata.generation;
  return (seen ? status?.stage : undefined) ?? spec.stage;
}
