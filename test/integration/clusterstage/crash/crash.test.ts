import { randomBytes } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { clusterStages, type ClusterStageSpec } from '../../../../crds/types/clusterstage.ts';
import { agentTasks } from '../../../../crds/types/agenttask.ts';
import { namespaces, nodes } from '../../../../kube/builtin.ts';
import { deleteIfThere } from '../../../../kube/ifthere.ts';
import { pods } from '../../../../kube/workloads.ts';
import { removeNamespace } from '../../../cluster/remove-namespace.ts';
import { crashAtEveryStep, crashIntoThePast, withLaggingCache, type Scenario } from '../../../harness/crash.ts';
import { nightly, patience } from '../../../harness/matrix.ts';
import { selecting } from '../../../harness/views.ts';
import { until } from '../../../harness/wait.ts';
import { playedRuns, type Runs } from '../../agenttask/crash/runs.ts';
import {
  apply,
  claimed,
  isGone,
  makeNode,
  podsOn,
  serviceOf,
  stageCluster,
  stands,
  startControllers,
} from '../cluster.ts';

const cluster = stageCluster({ scheduler: false });
const taint = { key: 'test', effect: 'NoSchedule' as const };
const asBefore = { unschedulable: false, taints: [taint], annotations: {} };

/** A node, and a namespace of its name for its task and its claim. */
interface StageWorld {
  readonly node: string;
  readonly runs: Runs;
}

interface StageStory {
  readonly spec: (world: StageWorld) => Partial<ClusterStageSpec>;
  /** How long a run lasts, seconds, unless it is asked to stop. */
  readonly lasts: number;
  /** A finalizer holds the pod on the node until the story takes it away. */
  readonly heldPod: boolean;
  readonly live: (world: StageWorld) => Promise<void>;
  readonly traces: (node: string) => readonly string[];
}

const upgrading: StageStory['spec'] = ({ node, runs: { content } }) => ({
  stage: 'upgrading',
  minReadySeconds: 0,
  upgrade: { taskTemplate: { namespace: node, spec: { content } } },
});

const upgraded: StageStory = {
  spec: upgrading,
  lasts: 0.1,
  heldPod: false,
  live: async ({ node }) => {
    await stands(cluster.client, node, 'Succeeded');
  },
  traces: (node) => [node],
};

/** Deleted while a pod is on its way. */
const deleted: StageStory = {
  spec: () => ({ stage: 'support' }),
  lasts: 0,
  heldPod: true,
  live: async ({ node }) => {
    await stands(cluster.client, node, 'Draining');
    await cluster.client.delete(clusterStages, { name: node });
    await isGone(cluster.client, node);
  },
  traces: () => [],
};

/** Deleted while its task runs, which has to stop first. */
const brokenOff: StageStory = {
  spec: upgrading,
  lasts: 1000,
  heldPod: false,
  live: async ({ node }) => {
    await until(cluster.client, agentTasks, { namespace: node }, ([task]) =>
      task?.status?.phase === 'Running' ? true : undefined,
    );
    await cluster.client.delete(clusterStages, { name: node });
    await isGone(cluster.client, node);
  },
  traces: (node) => [node],
};

function scenario({ spec, lasts, heldPod, live, traces }: StageStory): Scenario<StageWorld> {
  return {
    async begin() {
      const { client } = cluster;
      const node = `crash-${randomBytes(4).toString('hex')}`;
      const world = { node, runs: playedRuns('', { shell: 'true', played: () => ({ lasts }) }) };
      await client.create(namespaces, { metadata: { name: node } });
      await makeNode(client, node, { spec: { taints: [taint] } });
      await client.create(pods, {
        metadata: { namespace: 'default', name: node, ...(heldPod ? { finalizers: ['example.com/held'] } : {}) },
        spec: { nodeName: node, containers: [{ name: 'main', image: 'none' }] },
      });
      await until(client, pods, { namespace: 'default', name: node }, ([pod]) =>
        pod?.status?.phase === 'Running' ? true : undefined,
      );
      await apply(client, node, { ...spec(world), drain: { force: true } });
      return world;
    },
    start: ({ node, runs }, faulty, steps) => {
      const own = {
        [clusterStages.plural]: `metadata.name=${node}`,
        [agentTasks.plural]: `metadata.namespace=${node}`,
      };
      return startControllers(selecting(faulty, own), cluster.client, runs, node, steps);
    },
    finished: (world) => live(world),
    async check({ node, runs }) {
      const { client } = cluster;
      expect(await runs.traces()).toEqual(traces(node));
      await expect.poll(async () => serviceOf(await client.get(nodes, { name: node }))).toEqual(asBefore);
      await expect.poll(() => claimed(client, node)).toEqual([]);
      const staying = (await podsOn(client, node)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      expect(staying).toEqual([]);
    },
    async end({ node, runs }) {
      const { client } = cluster;
      const pod = { namespace: 'default', name: node };
      // Nobody else would let them go: the controllers are gone.
      if (heldPod) await client.mergePatch(pods, pod, { metadata: { finalizers: null } });
      await deleteIfThere(client, pods, { metadata: pod });
      await client.mergePatch(clusterStages, { name: node }, { metadata: { finalizers: null } }).catch(() => undefined);
      await deleteIfThere(client, clusterStages, { metadata: { name: node } });
      await deleteIfThere(client, nodes, { metadata: { name: node } });
      await removeNamespace(client, node);
      runs.close();
    },
  };
}

/** Every step by night; by day those that change a node, its pods and its task. */
const chosen = ['mergePatch nodes', 'create pods', 'create agenttasks'];

function options(only: readonly string[]) {
  const { client } = cluster;
  return { client, ...(nightly ? {} : { only, moments: ['after'] as const }) };
}

describe('the controllers die and new ones finish what they began:', { timeout: patience(300_000) }, () => {
  test('a node is upgraded once, and is back as it was', async () => {
    const steps = await crashAtEveryStep(scenario(upgraded), options(chosen));
    expect(steps.filter((step) => chosen.includes(step))).toEqual([
      'mergePatch nodes',
      // Asked for by a dry run first.
      'create pods',
      'create pods',
      'create agenttasks',
      'mergePatch nodes',
    ]);
  });

  test('a stage that is deleted half-way leaves the node as it was', async () => {
    const steps = await crashAtEveryStep(scenario(deleted), options(['mergePatch nodes']));
    expect(steps.filter((step) => step === 'mergePatch nodes')).toHaveLength(2);
  });

  test('a stage that is deleted while its task runs stops it first, and leaves the node as it was', async () => {
    const steps = await crashAtEveryStep(scenario(brokenOff), options(['mergePatch agenttasks']));
    expect(steps).toContain('executor.requestStop');
  });

  test('controllers that see the past first do nothing twice', async () => {
    const steps = await crashIntoThePast(scenario(upgraded), options(['create agenttasks']));
    expect(steps.filter((step) => step === 'create agenttasks')).toHaveLength(1);
  });

  test('a cache that lags does no harm', async () => {
    expect(await withLaggingCache(scenario(upgraded), options([]), 400)).toContain('create agenttasks');
  });
});
