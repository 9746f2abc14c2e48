import { clusterStageName } from './labels.ts';
import { stageOf } from './stages.ts';
import type { ClusterStage } from './types/clusterstage.ts';

/*
 * The gate: while the stage of the whole cluster keeps them out, no operation is begun. The chart's policy gate.yaml
 * says the same to the API server, which decides; what is here is for those who tell callers.
 */

/** In API group fleetwright.io: what an operation is begun by. Reads, and what is under way, go on. */
export const gatedResources: readonly string[] = ['agenttasks', 'rollingupgrades', 'volumerecoveries'];

/** By the table of the original system: in all others only pages that show something were let through. */
const openStages: ReadonlySet<string> = new Set(['running', 'expanding']);

/** @returns the stage that keeps operations from being begun; undefined where none does */
export function closedBy(stage: ClusterStage | undefined): string | undefined {
  if (stage === undefined || stage.metadata.name !== clusterStageName) return undefined;
  const present = stageOf(stage);
  return openStages.has(present) ? undefined : present;
}

/** Whether somebody is let through a closed gate. @param groups all that the API server counts him to */
export function mayPass({ spec }: ClusterStage, user: string, groups: readonly string[]): boolean {
  const { users = [], groups: passing = [] } = spec.gate ?? {};
  return users.includes(user) || groups.some((group) => passing.includes(group));
}

/** In the words of the original program, which said `no` of every stage. */
export function denialBy(stage: string): string {
  return `This request is denied by stage policy: ${stage}: no`;
}

/** @returns the stage by which the policy has refused something, as the API server tells of it */
export function stageInDenial(message: string): string | undefined {
  return /This request is denied by stage policy: ([a-z]+): no/.exec(message)?.[1];
}
