import { namespaces, nodes, type Node } from '../../../kube/builtin.ts';
import type { Client } from '../../../kube/client.ts';
import { until } from '../../harness/wait.ts';
import { isInService, isTainted, type StageCluster } from './cluster.ts';

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
    node !== undefined && isInService(node) ? true : undefined,
  );
}

/** Cordons a node as a person does; resolves when Kubernetes has given it the taint that goes with that. */
export async function cordon(client: Client, name: string): Promise<void> {
  await client.mergePatch(nodes, { name }, { spec: { unschedulable: true } });
  await until(client, nodes, { namespace: '', name }, ([node]) =>
    isTainted(node?.spec, 'node.kubernetes.io/unschedulable') ? true : undefined,
  );
}

/** Keeps off a node whatever does not tolerate it, as the pods of `podTemplate` do. */
export const taint = { key: 'test', effect: 'NoSchedule' } as const;
/** What `service` says of a node of `begin` that nothing is changed of. */
export const asBefore = { unschedulable: false, taints: [taint], annotations: {} };

/** Makes nodes that take only what a test puts there, and a namespace of the first one's name (label rack). */
export async function begin({ client }: StageCluster, ...names: readonly string[]): Promise<Client> {
  const [rack = ''] = names;
  await client.create(namespaces, { metadata: { name: rack } });
  for (const name of names) await makeNode(client, name, { spec: { taints: [taint] }, labels: { rack } });
  return client;
}

/** Of Kubernetes itself and of kwok. */
const foreign = /(^|\.)(kubernetes|[a-z-]*k8s)\.io\//;

/** What a stage may change of a node, and what others have put there. The times of taints are Kubernetes' own. */
export async function service({ client }: StageCluster, name: string): Promise<object> {
  const { metadata, spec } = await client.get(nodes, { name });
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
