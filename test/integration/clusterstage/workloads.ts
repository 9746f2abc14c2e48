import type { Client } from '../../../kube/client.ts';
import { isTrue } from '../../../kube/conditions.ts';
import { podDisruptionBudgets } from '../../../kube/disruption.ts';
import type { KubeObject, ResourceType } from '../../../kube/objects.ts';
import { pods, type Pod } from '../../../kube/workloads.ts';
import { until } from '../../harness/wait.ts';

/** Any object of Kubernetes itself that a test makes. */
export interface Made extends KubeObject {
  readonly spec?: object;
  readonly status?: { readonly readyReplicas?: number; readonly disruptionsAllowed?: number };
}

const apps = { group: 'apps', version: 'v1', namespaced: true } as const;
export const deployments: ResourceType<Made> = { ...apps, plural: 'deployments', kind: 'Deployment' };
export const jobs: ResourceType<Made> = { ...apps, group: 'batch', plural: 'jobs', kind: 'Job' };
export const daemonSets: ResourceType<Made> = { ...apps, plural: 'daemonsets', kind: 'DaemonSet' };

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
  return until(client, pods, { namespace, name }, ([pod]) =>
    isTrue(pod?.status?.conditions, 'Ready') ? pod : undefined,
  );
}

/** Pods of the node that are not those of a DaemonSet, by their names. */
export async function podsOn(client: Client, node: string): Promise<readonly Pod[]> {
  const { items } = await client.list(pods, { fieldSelector: `spec.nodeName=${node}` });
  return items.filter(({ metadata }) => !metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet'));
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

/** Resolves when the budget allows that this many more of its pods are away. */
export async function allowed(client: Client, namespace: string, name: string, count: number): Promise<void> {
  await until(client, podDisruptionBudgets, { namespace, name }, ([one]) =>
    one?.status?.disruptionsAllowed === count ? true : undefined,
  );
}
