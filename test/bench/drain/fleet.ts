import { nodes, type Node } from '../../../kube/builtin.ts';
import type { Client } from '../../../kube/client.ts';
import { podDisruptionBudgets } from '../../../kube/disruption.ts';
import type { KubeObject, ResourceType } from '../../../kube/objects.ts';
import { until } from '../../harness/wait.ts';
import { inParallel } from '../load.ts';

/** How large a fleet is. */
export interface FleetSize {
  readonly nodes: number;
  readonly pods: number;
  /** The nodes are spread over so many. */
  readonly zones: number;
}

export const fleetNamespace = 'fleet';
const zoneLabel = 'topology.kubernetes.io/zone';

interface Deployment extends KubeObject {
  readonly spec: object;
  readonly status?: { readonly readyReplicas?: number };
}

const deployments: ResourceType<Deployment> = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
};

/** Replicas of each Deployment. */
const replicas = 100;

/** Pretended nodes in zones, and pods on them: Deployments with a budget each, as in a cluster that is in use. */
export async function makeFleet(client: Client, { nodes: count, pods: total, zones }: FleetSize): Promise<void> {
  for (const { metadata } of (await client.list(nodes)).items) await client.delete(nodes, metadata);
  await inParallel(nodeNames(count), async (name) => {
    await client.create(nodes, pretendedNode(name, zones));
  });
  await until(client, nodes, { namespace: '' }, (all) => (all.filter(isReady).length >= count ? true : undefined));
  const each = Math.min(replicas, total);
  const apps = Array.from({ length: total / each }, (_, index) => `app-${index}`);
  await inParallel(apps, async (app) => {
    const selector = { matchLabels: { app } };
    await client.create(podDisruptionBudgets, {
      metadata: { namespace: fleetNamespace, name: app },
      spec: { selector, maxUnavailable: '30%' },
    });
    await client.create(deployments, {
      metadata: { namespace: fleetNamespace, name: app },
      spec: {
        replicas: each,
        selector,
        template: {
          metadata: { labels: { app } },
          spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'none' }] },
        },
      },
    });
  });
  await allRun(client, apps.length, each);
}

/** Resolves when all pods of the fleet are ready somewhere. */
async function allRun(client: Client, apps: number, each: number): Promise<void> {
  for (let done = false; !done;)
    done = await until(client, deployments, { namespace: fleetNamespace }, (all) =>
      all.length === apps && all.every(({ status }) => status?.readyReplicas === each) ? true : undefined,
    ).catch((error: unknown) => {
      // Thousands of pods take longer than a test waits.
      if (String(error).includes('did not get there')) return false;
      throw error;
    });
}

/** Percent of all nodes that may be out of service at once, and of those of one zone. */
export const limits = { ofAll: 10, ofZone: 5 };

/** How many nodes may be out at once, by both limits: that many are emptied side by side by whoever does it. */
export function parallelOf({ nodes: count, zones }: FleetSize): { readonly ofAll: number; readonly ofZone: number } {
  const ofZone = share(count / zones, limits.ofZone);
  return { ofAll: Math.min(share(count, limits.ofAll), zones * ofZone), ofZone };
}

/** Again as many pods on nodes as there were in the beginning. */
export async function settleFleet(client: Client, { pods: total }: FleetSize): Promise<void> {
  const each = Math.min(replicas, total);
  await allRun(client, total / each, each);
}

/** In the order in which they are emptied. */
export function nodeNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `node-${String(index).padStart(4, '0')}`);
}

function share(of: number, percent: number): number {
  return Math.max(1, Math.floor((of * percent) / 100));
}

function pretendedNode(name: string, zones: number): Node {
  const room = { cpu: '32', memory: '256Gi', pods: '110', 'ephemeral-storage': '100Gi' };
  const zone = `zone-${Number(name.split('-')[1]) % zones}`;
  return {
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: { 'kubernetes.io/hostname': name, [zoneLabel]: zone, type: 'kwok' },
    },
    status: { capacity: room, allocatable: room },
  } as Node;
}

function isReady({ status }: Node): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
}
