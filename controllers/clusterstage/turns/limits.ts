import type { ClusterStage } from '../../../crds/types/clusterstage.ts';

/** @param amount a number, or a percentage of so many nodes, rounded down, but at least one */
export function amountOf(amount: number | string, nodes: number): number {
  if (typeof amount === 'number') return amount;
  return Math.max(1, Math.floor((nodes * Number(amount.replace('%', ''))) / 100));
}

/** @returns how many nodes may be out of service at once */
export function limitOf({ spec }: Pick<ClusterStage, 'spec'>, nodes: number): number {
  return amountOf(spec.maxUnavailable ?? 1, nodes);
}
