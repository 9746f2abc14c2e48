import type { ClusterStage, ClusterStageStage } from './types/clusterstage.ts';

/** The stages that can be asked for, in the order in which they are listed. */
export const stages: readonly ClusterStageStage[] = ['running', 'support', 'upgrading', 'booting'];

/**
 * @returns the stages that can be chosen next, by the table of the original system: an upgrade or a boot under way ends
 * by itself, or is broken off by going back to running
 */
export function availableAfter(stage: string): readonly ClusterStageStage[] {
  return stage === 'running' ? ['support', 'upgrading', 'booting'] : ['running'];
}

/** The stage that a ClusterStage is in, or on its way into; what was asked for a moment ago counts at once. */
export function stageOf({ metadata, spec, status }: ClusterStage): string {
  const seen = status?.observedGeneration === metadata.generation;
  return (seen ? status?.stage : undefined) ?? spec.stage;
}
