import type { Node } from '../../../kube/builtin.ts';
import type { ClusterStagePerZone } from '../../../crds/types/clusterstage.ts';

/** Both names are in use: the second one is that of before Kubernetes 1.20. */
const roles = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

export function isControlPlane({ metadata }: Node): boolean {
  return roles.some((label) => metadata.labels?.[label] !== undefined);
}

/** @returns the zone of a node; empty for one that tells none, and all these are one zone */
export function zoneOf(
  { metadata }: Node,
  { label = 'topology.kubernetes.io/zone' }: Partial<ClusterStagePerZone>,
): string {
  return metadata.labels?.[label] ?? '';
}

/**
 * The nodes in the order of their turns: what the cluster and we ourselves stand on comes last, when it is known by the
 * others that all goes well; with a limit for each zone, zone by zone; else by name.
 * @param ownNode the node that this process runs on
 */
export function inTurn(
  nodes: readonly Node[],
  perZone: ClusterStagePerZone | undefined,
  ownNode: string | undefined,
): readonly string[] {
  const keyed = nodes.map((node) => {
    const { name } = node.metadata;
    const rank = name === ownNode ? 2 : isControlPlane(node) ? 1 : 0;
    return { name, key: [String(rank), perZone === undefined ? '' : zoneOf(node, perZone), name] };
  });
  return keyed.toSorted((a, b) => compared(a.key, b.key)).map(({ name }) => name);
}

function compared(a: readonly string[], b: readonly string[]): number {
  for (const [index, text] of a.entries()) {
    const other = b[index] ?? '';
    if (text !== other) return text < other ? -1 : 1;
  }
  return 0;
}
