import { afterAll, beforeAll } from 'vitest';

import { localPlace } from '../../../controllers/agenttask/run/places.ts';
import { addAgentTask } from '../../../controllers/agenttask/controller.ts';
import { addClusterStage } from '../../../controllers/clusterstage/controller.ts';
import { claimLabel } from '../../../controllers/shared/hostclaims.ts';
import { openClaims } from '../../../controllers/shared/open-claims.ts';
import { clusterStages, type ClusterStage, type ClusterStageSpec } from '../../../crds/types/clusterstage.ts';
import { leases, namespaces, nodes, type Node } from '../../../kube/builtin.ts';
import { KubeClient, type Client } from '../../../kube/client.ts';
import { systemClock } from '../../../kube/clock.ts';
import { findCondition } from '../../../kube/conditions.ts';
import { Credentials, loadKubeConfig } from '../../../kube/credentials.ts';
import { podDisruptionBudgets } from '../../../kube/disruption.ts';
import type { KubeObject, ResourceType } from '../../../kube/objects.ts';
import { Transport } from '../../../kube/transport.ts';
import { pods, type Pod } from '../../../kube/workloads.ts';
import type { ControlPlaneOptions } from '../../cluster/control-plane-options.ts';
import { startControlPlane, type ControlPlane } from '../../cluster/control-plane.ts';
import { installCrds } from '../../cluster/crds.ts';
import { startController } from '../../harness/controller.ts';
import type { Running } from '../../harness/crash.ts';
import type { Steps } from '../../harness/steps.ts';
import { until } from '../../harness/wait.ts';
import type { Runs } from '../agenttask/crash/runs.ts';

/** Where controllers keep claims. */
export const systemNamespace = 'fleetwright-system';

/** Any object of Kubernetes itself that a test makes. */
export interface Made extends KubeObject {
  readonly spec?: object;
  readonly status?: { readonly readyReplicas?: number; readonly disruptionsAllowed?: number };
}

const apps = { group: 'apps', version: 'v1', namespaced: true } as const;
export const deployments: ResourceType<Made> = { ...apps, plural: 'deployments', kind: 'Deployment' };
export const jobs: ResourceType<Made> = { ...apps, group: 'batch', plural: 'jobs', kind: 'Job' };
export const daemonSets: ResourceType<Made> = { ...apps, plural: 'daemonsets', kind: 'DaemonSet' };

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
    await until(client, nodes, { namespace: '' }, (all) => (all.filter(isReady).length >= 3 ? true : undefined));
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

/** Starts the controllers of ClusterStages and AgentTasks in this process. @param namespace of their claims */
export function startControllers(
  client: Client,
  untroubled: Client,
  runs: Runs,
  namespace = systemNamespace,
  steps?: Steps,
): Promise<Running> {
  return startController(client, untroubled, async ({ manager, events, log }) => {
    const opened = await runs.open();
    const executor =
      steps?.driver(
        opened,
        'executor',
        ['prepare', 'start', 'requestStop', 'remove'],
        ['inspect', 'results', 'steps', 'outputBytes', 'list'],
      ) ?? opened;
    const claims = openClaims(manager, { client, namespace });
    const common = { client, events, clock: systemClock, claims };
    addAgentTask(manager, {
      ...common,
      places: [localPlace(executor, 4)],
      log,
      systemNamespace: namespace,
      limits: { maxOutputBytes: 1_000_000 },
    });
    addClusterStage(manager, { ...common, serverTrouble: async () => undefined, ownNode: undefined });
  });
}

/** Makes a node that is in service. Its label pool is its name. */
export async function makeNode(
  client: Client,
  name: string,
  { spec = {}, labels, annotations }: Pick<Node, 'spec'> & Pick<Node['metadata'], 'labels' | 'annotations'>,
): Promise<void> {
  const room = { cpu: '32', memory: '256Gi', pods: '1000', 'ephemeral-storage': '100Gi' };
  await client.create(nodes, {
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake', ...annotations },
      labels: { 'kubernetes.io/hostname': name, type: 'kwok', pool: name, ...labels },
    },
    spec,
    status: { capacity: room, allocatable: room },
  } as Node);
  await until(client, nodes, { namespace: '', name }, ([node]) =>
    node !== undefined && isReady(node) ? true : undefined,
  );
}

/** Of Kubernetes itself and of kwok. */
const foreign = /(^|\.)(kubernetes|[a-z-]*k8s)\.io\//;

/** What a stage may change of a node, and what others have put there. The times of taints are Kubernetes' own. */
export function serviceOf({ metadata, spec }: Node): object {
  const taints = (spec?.taints ?? []).map(({ key, value, effect }) =>
    value === undefined ? { key, effect } : { key, value, effect },
  );
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => !foreign.test(key));
  return {
    unschedulable: spec?.unschedulable ?? false,
    taints: taints.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    annotations: Object.fromEntries(annotations),
  };
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

/** Pods of the node that are not those of a DaemonSet, by their names. */
export async function podsOn(client: Client, node: string): Promise<readonly Pod[]> {
  const { items } = await client.list(pods, { fieldSelector: `spec.nodeName=${node}` });
  return items.filter(({ metadata }) => !metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet'));
}

/** Whether a node, or a pod, says that it is. */
export function isReady({ status }: Pick<Node, 'status'> | Pick<Pod, 'status'>): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
}

/** A Deployment whose pods go to these nodes only (label pool), and wait until all are ready. */
export async function deploy(
  client: Client,
  namespace: string,
  name: string,
  { replicas, pools }: { readonly replicas: number; readonly pools: readonly string[] },
): Promise<void> {
  await client.create(deployments, {
    metadata: { namespace, name },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: podTemplate(name, pools) },
  });
  await until(client, deployments, { namespace, name }, ([one]) =>
    one?.status?.readyReplicas === replicas ? true : undefined,
  );
}

/** A pod that nobody makes anew. One for a node that is being emptied may be gone before it has run. */
export async function makePod(
  client: Client,
  { metadata, spec = {} }: { readonly metadata: Pod['metadata']; readonly spec?: object },
): Promise<void> {
  await client.create(pods, {
    metadata,
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'none' }], ...spec },
  });
}

/** The same on a node that is not asked whether it takes one; resolves when it runs. */
export async function runPod(
  client: Client,
  node: string,
  { metadata, spec = {} }: { readonly metadata: Pod['metadata']; readonly spec?: object },
): Promise<Pod> {
  await makePod(client, { metadata, spec: { nodeName: node, ...spec } });
  const { namespace = '', name } = metadata;
  return until(client, pods, { namespace, name }, ([pod]) => (pod !== undefined && isReady(pod) ? pod : undefined));
}

/** A budget for the pods of an app, as soon as Kubernetes has counted them. */
export async function budget(client: Client, namespace: string, app: string, spec: object): Promise<void> {
  await client.create(podDisruptionBudgets, {
    metadata: { namespace, name: app },
    spec: { selector: { matchLabels: { app } }, ...spec },
  });
  await until(client, podDisruptionBudgets, { namespace, name: app }, ([one]) =>
    one?.status?.observedGeneration === undefined ? undefined : true,
  );
}

export function podTemplate(app: string, pools: readonly string[]) {
  const expression = { key: 'pool', operator: 'In', values: pools };
  return {
    metadata: { labels: { app } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: 'none' }],
      tolerations: [{ key: 'test', operator: 'Exists' }],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [expression] }] },
        },
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app } } },
            },
          ],
        },
      },
    },
  };
}
