import type { RollingUpgrade, RollingUpgradeNode, RollingUpgradeStatus } from '../../crds/types/rollingupgrade.ts';
import { rfc3339, truncate } from '../../kube/conditions.ts';
import type { ClusterLook, EngineNode } from './engine/engine.ts';
import { isOlder, oldest } from './versions.ts';

/** What changes of a node in the status; `blockedBy` goes where it is not given. */
export type NodeChange = Partial<Omit<RollingUpgradeNode, 'name' | 'updatedDate'>>;

type Nodes = RollingUpgradeStatus['nodes'];

/** @returns the list with one node changed; its date changes with its status only */
export function withNode(nodes: Nodes, name: string | undefined, change: NodeChange, now: Date): Nodes {
  return nodes?.map((node) => {
    if (node.name !== name) return node;
    const { blockedBy: _, ...before } = node;
    const { blockedBy, ...others } = change;
    const isNews = change.status !== undefined && change.status !== node.status;
    return {
      ...before,
      ...others,
      ...(blockedBy === undefined ? {} : { blockedBy: truncate(blockedBy, 1024) }),
      ...(isNews ? { updatedDate: rfc3339(now) } : {}),
    };
  });
}

/** @returns the list with one node waiting for its turn, and no other; undefined: none waits any more */
export function withWaiting(nodes: Nodes, name: string | undefined, blockedBy: string, now: Date): Nodes {
  const other = nodes?.find((node) => node.status === 'waiting' && node.name !== name)?.name;
  const freed = withNode(nodes, other, { status: 'running' }, now);
  return name === undefined ? freed : withNode(freed, name, { status: 'waiting', blockedBy }, now);
}

/** What the status tells of the cluster as it is found before anything is done. */
export function factsOf(upgrade: RollingUpgrade, look: ClusterLook, now: Date): Partial<RollingUpgradeStatus> {
  const versions = look.nodes.flatMap(({ version }) => version ?? []);
  const before = new Map(upgrade.status?.nodes?.map((node) => [node.name, node]));
  const members = new Map(look.nodes.map((node) => [node.name, node]));
  const nodes = upgrade.spec.members.hosts.nodes.flatMap(({ name, host }): readonly RollingUpgradeNode[] => {
    const found = members.get(name);
    if (found?.version === undefined) return [];
    const status = isOlder(found.version, upgrade.spec.targetVersion) ? 'running' : 'complete';
    const known = before.get(name);
    const updatedDate = known?.status === status ? known.updatedDate : rfc3339(now);
    return [{ name, host, role: roleOf(found), version: found.version, status, updatedDate }];
  });
  const currentVersion = oldest(versions);
  return {
    clusterName: truncate(look.name, 256),
    clusterUUID: truncate(look.uuid, 64),
    ...(currentVersion === undefined ? {} : { currentVersion }),
    nodeCount: look.nodes.length,
    nodes,
  };
}

/** A node that can be the manager counts as one, whatever else it does: it is upgraded with the managers. */
function roleOf(node: EngineNode): RollingUpgradeNode['role'] {
  if (isManager(node)) return 'M';
  return isData(node) ? 'D' : 'O';
}

/** By both names of the role. */
export function isManager({ roles }: Pick<EngineNode, 'roles'>): boolean {
  return roles.includes('cluster_manager') || roles.includes('master');
}

export function isData({ roles }: Pick<EngineNode, 'roles'>): boolean {
  return roles.some((role) => role === 'data' || role.startsWith('data_'));
}
