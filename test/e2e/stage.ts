import { expect, vi } from 'vitest';
import type { ClusterStage, ClusterStageSpec } from '../../crds/types/clusterstage.ts';
import type { Node } from '../../kube/builtin.ts';
import { system } from './names.ts';
import type { Site } from './site.ts';

const patience = { timeout: 400_000, interval: 500 };

/** Asks for a stage as people do, by kubectl. Also the controllers' own pods have to leave, with their emptyDir. */
export async function askFor(site: Site, name: string, spec: Partial<ClusterStageSpec>): Promise<void> {
  const scope = name === 'cluster' ? 'Cluster' : 'Node';
  await site.apply([
    {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'ClusterStage',
      metadata: { name },
      spec: { scope, drain: { deleteEmptyDirData: true, force: true }, ...spec },
    },
  ]);
}

export async function stageOf(site: Site, name: string): Promise<ClusterStage> {
  return JSON.parse(await site.kubectl(['get', 'clusterstage', name, '-o', 'json']));
}

/** Waits until the condition Ready has the reason, for what is asked for now. */
export async function reached(site: Site, name: string, reason: string): Promise<ClusterStage> {
  return vi.waitFor(async () => {
    const found = await stageOf(site, name);
    const ready = found.status?.conditions?.find(({ type }) => type === 'Ready');
    const known = ready?.observedGeneration === found.metadata.generation;
    if (!known || ready?.reason !== reason)
      throw new Error(`${name} is ${ready?.reason}, not ${reason} yet: ${ready?.message}`);
    return found;
  }, patience);
}

/** All of a node that is not its kubelet's report. */
export async function stateOf(site: Site, name: string): Promise<object> {
  const { metadata, spec }: Node = JSON.parse(await site.kubectl(['get', 'node', name, '-o', 'json']));
  return { labels: metadata.labels, annotations: metadata.annotations, spec };
}

export async function statesOf(site: Site, names: readonly string[]): Promise<Readonly<Record<string, object>>> {
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await stateOf(site, name)])));
}

/** Waits until the nodes are as they were, field by field, and nobody has claimed any. */
export async function asBefore(site: Site, nodes: Readonly<Record<string, object>>): Promise<void> {
  for (const [name, before] of Object.entries(nodes))
    // The taint of the cordon is Kubernetes' own, and goes after it.
    await vi.waitFor(async () => expect(await stateOf(site, name)).toEqual(before), patience);
  await vi.waitFor(async () => {
    const claims = ['get', 'leases', '--namespace', system, '--selector', 'fleetwright.io/claim', '-o', 'name'];
    expect(await site.kubectl(claims)).toBe('');
  }, patience);
}

/** UIDs of pods of a namespace that are on a node and belong to no DaemonSet. */
export async function podsOn(site: Site, namespace: string, node: string): Promise<readonly string[]> {
  const pods = await site.pods(namespace);
  return pods
    .filter((pod) => pod.node === node && pod.raw.metadata.ownerReferences?.[0]?.kind !== 'DaemonSet')
    .map(({ raw }) => raw.metadata.uid ?? '');
}
