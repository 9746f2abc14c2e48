import type { RollingUpgrade } from '../../crds/types/rollingupgrade.ts';
import type { ClusterLook, EngineNode } from './engine/engine.ts';
import { isData, isManager } from './nodes.ts';
import { isOlder } from './versions.ts';

/** Tiers of data, the coldest first: what is asked least goes first. */
const tiers = ['data_frozen', 'data_cold', 'data_warm', 'data_hot', 'data_content'];

/**
 * Nodes with data, then others, then those that can be the manager: new nodes may join older managers, not the reverse.
 */
function groupOf(node: EngineNode): number {
  if (isManager(node)) return tiers.length + 2;
  if (!isData(node)) return tiers.length + 1;
  const tier = tiers.findIndex((role) => node.roles.includes(role));
  return tier < 0 ? tiers.length : tier;
}

/** @returns the nodes that are still to be upgraded, in their order; the elected manager is the very last */
export function nodesToDo({ spec }: RollingUpgrade, { nodes, manager }: ClusterLook): readonly EngineNode[] {
  const rank = (node: EngineNode): number => 2 * groupOf(node) + (node.name === manager ? 1 : 0);
  return nodes
    .filter(({ version }) => version !== undefined && isOlder(version, spec.targetVersion))
    .toSorted((one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1));
}
