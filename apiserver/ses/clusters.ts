import { requestedByAnnotation } from '../../crds/labels.ts';
import type { RollingUpgrade, RollingUpgradeNode } from '../../crds/types/rollingupgrade.ts';

/** A search cluster, as its upgrades tell of it. */
export interface Cluster {
  readonly number: string;
  /** What says how it is asked and where its nodes are: what an upgrade of it is made of. */
  readonly description: RollingUpgrade;
  /** Its upgrade that has not ended; one that waits counts, one that is only tried does not. */
  readonly open: RollingUpgrade | undefined;
  /** Of those that are there, what was last seen of it. */
  readonly seen: RollingUpgrade;
}

/** @returns the clusters of these upgrades, by their numbers */
export function clustersOf(upgrades: readonly RollingUpgrade[]): readonly Cluster[] {
  const byNumber = Map.groupBy(upgrades, ({ spec }) => spec.serviceGroupInstanceNo);
  const numbers = [...byNumber.keys()].toSorted((one, other) => Number(one) - Number(other));
  return numbers.flatMap((number) => clusterOf(byNumber.get(number) ?? []) ?? []);
}

/** @param upgrades of one number. @returns undefined where none of them describes a cluster */
export function clusterOf(upgrades: readonly RollingUpgrade[]): Cluster | undefined {
  const there = newestFirst(upgrades).filter((upgrade) => !isGoing(upgrade));
  const real = there.filter(({ spec }) => spec.dryRun !== true);
  // A dry run never ends, and so describes a cluster for good; one by REST only tries what would be done.
  const described = there.find(({ spec, metadata }) => spec.dryRun === true && !isByRest(metadata.annotations));
  const description = described ?? real[0];
  if (description === undefined) return undefined;
  return {
    number: description.spec.serviceGroupInstanceNo,
    description,
    open: real.find((upgrade) => !isOver(upgrade)),
    seen: there.find((upgrade) => (upgrade.status?.nodes ?? []).length > 0) ?? description,
  };
}

/** What people call it. */
export function nameOf({ description, seen }: Cluster): string {
  return seen.status?.clusterName ?? description.status?.clusterName ?? description.metadata.name;
}

/** @returns the oldest version of its nodes; undefined before it was looked at */
export function versionIn({ seen }: Cluster): string | undefined {
  const versions = (seen.status?.nodes ?? []).map(({ version }) => version);
  return versions.toSorted((one, other) => numeric.compare(one, other))[0];
}

/** @returns the versions that clusters have, and that they are to have, the oldest first */
export function versionsIn(clusters: readonly Cluster[]): readonly string[] {
  const versions = clusters.flatMap((cluster) => [
    ...(cluster.seen.status?.nodes ?? []).map(({ version }) => version),
    cluster.description.spec.targetVersion,
    ...(cluster.open === undefined ? [] : [cluster.open.spec.targetVersion]),
  ]);
  return [...new Set(versions)].toSorted((one, other) => numeric.compare(one, other));
}

/** A node, as far as it is known. */
export type ClusterNode = Pick<RollingUpgradeNode, 'name' | 'host'> &
  Partial<Pick<RollingUpgradeNode, 'role' | 'status'>> & {
    /** From 1 on, by its place in the description. */
    readonly number: number;
  };

/** @returns its nodes, in the order of the description */
export function nodesOf({ description, seen }: Cluster): readonly ClusterNode[] {
  const known = new Map((seen.status?.nodes ?? []).map((node) => [node.name, node]));
  return description.spec.members.hosts.nodes.map(({ name, host }, index) => {
    const node = known.get(name);
    return {
      number: index + 1,
      name,
      host,
      ...(node === undefined ? {} : { role: node.role, status: node.status }),
    };
  });
}

const numeric = new Intl.Collator('en', { numeric: true });

/** It goes, and did nothing. */
function isGoing({ metadata, status }: RollingUpgrade): boolean {
  return metadata.deletionTimestamp !== undefined && status?.startTime === undefined;
}

export function isOver({ status }: RollingUpgrade): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed' || status?.phase === 'Stopped';
}

function isByRest(annotations: Readonly<Record<string, string>> | undefined): boolean {
  return annotations?.[requestedByAnnotation] !== undefined;
}

/** @returns those that were made last before the others */
export function newestFirst(upgrades: readonly RollingUpgrade[]): readonly RollingUpgrade[] {
  return upgrades.toSorted((one, other) => madeAt(other).localeCompare(madeAt(one), 'en'));
}

function madeAt({ metadata }: RollingUpgrade): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.uid ?? ''}`;
}
