import { afterAll, beforeAll } from 'vitest';

import { claimLabel } from '../../../controllers/shared/hostclaims.ts';
import { clusterStages, type ClusterStage, type ClusterStageSpec } from '../../../crds/types/clusterstage.ts';
import { leases, namespaces, nodes, type Node } from '../../../kube/builtin.ts';
import { KubeClient, type Client } from '../../../kube/client.ts';
import { findCondition, isTrue } from '../../../kube/conditions.ts';
import { Credentials, loadKubeConfig } from '../../../kube/credentials.ts';
import { Transport } from '../../../kube/transport.ts';
import type { ControlPlaneOptions } from '../../cluster/control-plane-options.ts';
import { startControlPlane, type ControlPlane } from '../../cluster/control-plane.ts';
import { installCrds } from '../../cluster/crds.ts';
import { until } from '../../harness/wait.ts';

/** Where controllers keep claims. */
export const systemNamespace = 'fleetwright-system';

/** A control plane with pretended nodes that stages may take out of service without being in anybody's way. */
export interface StageCluster {
  readonly plane: ControlPlane;
  readonly client: KubeClient;
}

/** For all tests of a file: the shared one must keep its nodes in service for others. */
export function stageCluster(components: ControlPlaneOptions['components'] = {}): StageCluster {
  let started: { plane: ControlPlane; client: KubeClient; transport: Transport } | undefined;
  beforeAll(async () => {
    const plane = await startControlPlane({ components });
    await installCrds(plane.kubeconfigPath, undefined, { kubectlPath: plane.kubectlPath });
    const transport = new Transport(new Credentials(() => loadKubeConfig(plane.kubeconfigPath)), { connections: 20 });
    const client = new KubeClient(transport, { fieldManager: 'tests' });
    await client.create(namespaces, { metadata: { name: systemNamespace } });
    await until(client, nodes, { namespace: '' }, (all) => (all.filter(isInService).length >= 3 ? true : undefined));
    started = { plane, client, transport };
  }, 300_000);
  afterAll(async () => {
    await started?.transport.close();
    await started?.plane.stop();
  });
  const get = () => {
    if (started === undefined) throw new Error('the control plane has not started');
    return started;
  };
  return {
    get plane() {
      return get().plane;
    },
    get client() {
      return get().client;
    },
  };
}

/** Kubernetes lets pods on a new node, and leaves it as it is, some time after the node has said that it is ready. */
export function isInService({ spec, status }: Node): boolean {
  return isTrue(status?.conditions, 'Ready') && !isTainted(spec, 'node.kubernetes.io/not-ready');
}

export function isTainted(spec: Node['spec'], key: string): boolean {
  return spec?.taints?.some((taint) => taint.key === key) === true;
}

export async function apply(client: Client, name: string, spec: Partial<ClusterStageSpec>): Promise<void> {
  const { items } = await client.list(clusterStages, { fieldSelector: `metadata.name=${name}` });
  if (items.length > 0) await client.mergePatch(clusterStages, { name }, { spec });
  else
    await client.create(clusterStages, {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'ClusterStage',
      metadata: { name },
      spec: { stage: 'running', scope: name === 'cluster' ? 'Cluster' : 'Node', ...spec },
    });
}

/** Resolves when the stage says so at its present generation, with the message. */
export async function stands(client: Client, name: string, reason: string): Promise<ClusterStage> {
  return until(client, clusterStages, { namespace: '', name }, ([stage]) => {
    const ready = findCondition(stage?.status?.conditions, 'Ready');
    const now = stage !== undefined && stage.status?.observedGeneration === stage.metadata.generation;
    return now && ready?.reason === reason ? stage : undefined;
  });
}

export function messageOf({ status }: ClusterStage): string {
  return findCondition(status?.conditions, 'Ready')?.message ?? '';
}

export async function isGone(client: Client, name: string): Promise<void> {
  await until(client, clusterStages, { namespace: '', name }, (all) => (all.length === 0 ? true : undefined));
}

/** Hosts that are claimed. */
export async function claimed(client: Client, namespace = systemNamespace): Promise<readonly string[]> {
  const { items } = await client.list(leases, { namespace, labelSelector: claimLabel });
  return items.flatMap(({ metadata }) => metadata.annotations?.['fleetwright.io/host'] ?? []).toSorted();
}
