import { deployIdle, idlePod } from './idle.ts';
import type { Site } from './site.ts';

const volume = 'fleetwright-e2e-stages';

/** Replicas of the Deployment `idle`. */
export function replicasOf({ e2e }: Site): number {
  return e2e.nodes.length * 2;
}

/**
 * One of each kind of pod that a drain meets: a Deployment with a budget of one, a StatefulSet with a volume, a
 * DaemonSet, and a pod on the given node that nobody makes anew. Resolves when all run.
 */
export async function runWorkloads(site: Site, namespace: string, node: string): Promise<void> {
  const mounted = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] };
  const there = { nodeSelector: { 'kubernetes.io/hostname': node } };
  await site.apply([
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: volume },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        // A folder of whichever node the pod is on.
        hostPath: { path: `/var/lib/${volume}`, type: 'DirectoryOrCreate' },
        claimRef: { namespace, name: 'data' },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: '',
        volumeName: volume,
        resources: { requests: { storage: '1Gi' } },
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'store', namespace },
      spec: {
        replicas: 1,
        serviceName: 'store',
        selector: selector('store'),
        template: idlePod(site, 'store', { spec: mounted }),
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent', namespace },
      spec: { selector: selector('agent'), template: idlePod(site, 'agent') },
    },
    { apiVersion: 'v1', kind: 'Pod', ...named(idlePod(site, 'bare', { spec: there }), namespace, 'bare') },
  ]);
  await deployIdle(site, namespace, replicasOf(site));
  await site.kubectl(['rollout', 'status', '--namespace', namespace, '--timeout=120s', 'statefulset/store']);
  await site.kubectl(['rollout', 'status', '--namespace', namespace, '--timeout=120s', 'daemonset/agent']);
  await site.kubectl(['wait', '--namespace', namespace, '--for=condition=Ready', '--timeout=120s', 'pod/bare']);
  await budget(site, namespace, 'idle', 1);
}

export async function removeVolume(site: Site): Promise<void> {
  await site.kubectl(['delete', 'persistentvolume', '--ignore-not-found', volume]);
}

/** A budget over the pods of an app, by its name. */
export async function budget(site: Site, namespace: string, app: string, maxUnavailable: number): Promise<void> {
  const spec = { maxUnavailable, selector: { matchLabels: { app } } };
  await site.apply([
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: app, namespace }, spec },
  ]);
}

/** A pod on the node that nobody makes anew; resolves when it runs. */
export async function runBare(
  site: Site,
  node: string,
  {
    namespace,
    name,
    ends = 0,
    finalizers = [],
  }: {
    readonly namespace: string;
    readonly name: string;
    readonly ends?: number;
    readonly finalizers?: readonly string[];
  },
): Promise<void> {
  const pod = named(
    idlePod(site, name, { ends, spec: { nodeSelector: { 'kubernetes.io/hostname': node } } }),
    namespace,
    name,
  );
  await site.apply([{ apiVersion: 'v1', kind: 'Pod', ...pod, metadata: { ...pod.metadata, finalizers } }]);
  await site.kubectl(['wait', '--namespace', namespace, '--for=condition=Ready', '--timeout=120s', `pod/${name}`]);
}

function selector(app: string): object {
  return { matchLabels: { app } };
}

function named(pod: ReturnType<typeof idlePod>, namespace: string, name: string) {
  return { ...pod, metadata: { ...pod.metadata, namespace, name } };
}
