import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import type { ClusterStage, ClusterStageSpec } from '../../crds/types/clusterstage.ts';
import type { Node } from '../../kube/builtin.ts';
import { deployIdle, idleRuns } from './idle.ts';
import { Installation } from './installation.ts';
import { KubectlWatch } from './kubectl-watch.ts';
import { system } from './names.ts';
import { Site } from './site.ts';

const work = 'stages';
const site = new Site(inject('e2e'));
const installation = new Installation(site, [work]);
const replicas = site.e2e.nodes.length * 2;
const patience = { timeout: 400_000, interval: 500 };

async function budget(maxUnavailable: number): Promise<void> {
  const spec = { maxUnavailable, selector: { matchLabels: { app: 'idle' } } };
  await site.apply([
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'idle', namespace: work }, spec },
  ]);
}

/** Also the controllers' own pods have to leave, which have emptyDir volumes. */
async function stage(name: string, spec: Partial<ClusterStageSpec>): Promise<void> {
  const scope = name === 'cluster' ? 'Cluster' : 'Node';
  await site.apply([
    {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'ClusterStage',
      metadata: { name },
      spec: { scope, drain: { deleteEmptyDirData: true }, ...spec },
    },
  ]);
}

async function get(name: string): Promise<ClusterStage> {
  return JSON.parse(await site.kubectl(['get', 'clusterstage', name, '-o', 'json']));
}

async function reached(name: string, reason: string): Promise<ClusterStage> {
  return vi.waitFor(async () => {
    const found = await get(name);
    const ready = found.status?.conditions?.find(({ type }) => type === 'Ready');
    const known = ready?.observedGeneration === found.metadata.generation;
    if (!known || ready?.reason !== reason)
      throw new Error(`${name} is ${ready?.reason}, not ${reason} yet: ${ready?.message}`);
    return found;
  }, patience);
}

/** What may change of a node by a stage. */
async function service(name: string): Promise<object> {
  const { metadata, spec }: Node = JSON.parse(await site.kubectl(['get', 'node', name, '-o', 'json']));
  return { annotations: metadata.annotations, unschedulable: spec?.unschedulable, taints: spec?.taints };
}

/** UIDs of the pods at work that run on a node. */
async function podsOn(node: string): Promise<readonly string[]> {
  const pods = await site.pods(work);
  return pods.filter((pod) => pod.node === node).map(({ raw }) => raw.metadata.uid ?? '');
}

async function claims(): Promise<string> {
  return site.kubectl(['get', 'leases', '--namespace', system, '--selector', 'fleetwright.io/claim', '-o', 'name']);
}

async function asBefore(nodes: Readonly<Record<string, object>>): Promise<void> {
  for (const [name, before] of Object.entries(nodes))
    // The taint of the cordon is Kubernetes' own, and goes after it.
    await vi.waitFor(async () => expect(await service(name)).toEqual(before), patience);
  await vi.waitFor(async () => expect(await claims()).toBe(''), patience);
}

describe('A ClusterStage on real nodes', () => {
  beforeAll(async () => {
    await installation.begin();
    await deployIdle(site, work, replicas);
    await budget(1);
  });
  afterAll(() => installation.end());

  test('empties a node, whose pods run elsewhere then, and puts it back as it was', async () => {
    const node = site.e2e.nodes.at(-1) ?? '';
    const before = await service(node);
    const there = await podsOn(node);
    expect(there.length).toBeGreaterThan(0);
    await stage(node, { stage: 'support', data: 'a new disk' });
    await reached(node, 'OutOfService');
    expect((await site.pods(work)).filter((pod) => there.includes(pod.raw.metadata.uid ?? ''))).toEqual([]);
    await idleRuns(site, work);
    expect(await podsOn(node)).toEqual([]);
    expect(await service(node)).toMatchObject({ unschedulable: true });
    expect((await site.pods(work)).filter(({ ready }) => ready)).toHaveLength(replicas);

    await stage(node, { stage: 'running' });
    await reached(node, 'Running');
    await asBefore({ [node]: before });
  });

  test('names the pod and the budget that hold it up, and goes on when the budget lets it', async () => {
    const node = site.e2e.nodes[0] ?? '';
    const before = await service(node);
    const there = await podsOn(node);
    await budget(0);
    await stage(node, { stage: 'support' });
    const { status } = await reached(node, 'DrainBlocked');
    expect(status?.progress?.nodes?.[0]?.blockedBy).toMatch(
      /^pod stages\/idle-\S+ is held by PodDisruptionBudget stages\/idle, which allows none to be away/,
    );
    expect(await podsOn(node)).toEqual(there);
    await budget(1);
    await reached(node, 'OutOfService');
    expect(await podsOn(node)).toEqual([]);
    await site.kubectl(['delete', 'clusterstage', node, '--timeout=120s']);
    await asBefore({ [node]: before });
  });

  test('upgrades the whole cluster one node at a time, by a task on each', async () => {
    const { nodes } = site.e2e;
    const before = Object.fromEntries(await Promise.all(nodes.map(async (name) => [name, await service(name)])));
    const watch = await KubectlWatch.open(site, ['nodes'], ['.metadata.name', '.spec.unschedulable']);
    const content = '- hosts: all\n  connection: local\n  gather_facts: false\n  tasks: [{ raw: echo upgraded }]\n';
    await stage('cluster', {
      stage: 'upgrading',
      minReadySeconds: 1,
      upgrade: { taskTemplate: { namespace: work, spec: { content } } },
    });
    const { status } = await reached('cluster', 'Succeeded');
    expect(status?.progress?.nodes?.map(({ name, task }) => `${name} ${task?.result}`)).toEqual(
      nodes.map((name) => `${name} Succeeded`),
    );
    await asBefore(before);
    await watch.close();
    const out = new Set<string>();
    const order: string[] = [];
    for (const [name = '', unschedulable] of watch.rows) {
      if (unschedulable !== 'true') out.delete(name);
      else if (!out.has(name)) {
        out.add(name);
        order.push([...out].join(' and '));
      }
    }
    expect(order).toEqual(nodes);
    await idleRuns(site, work);
  });
});
