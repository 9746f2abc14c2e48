import { randomBytes } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { clusterStages, type ClusterStageSpec } from '../../../../crds/types/clusterstage.ts';
import { agentTasks } from '../../../../crds/types/agenttask.ts';
import { nodes } from '../../../../kube/builtin.ts';
import { deleteIfThere } from '../../../../kube/ifthere.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../../../kube/objects.ts';
import { pods } from '../../../../kube/workloads.ts';
import { crashAtEveryStep, crashIntoThePast, withLaggingCache, type Scenario } from '../../../harness/crash.ts';
import { nightly, patience } from '../../../harness/matrix.ts';
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

interface StageWorld {
  readonly node: string;
  readonly runs: Runs;
}

interface StageStory {
  readonly spec: (runs: Runs) => Partial<ClusterStageSpec>;
  /** A finalizer holds the pod on the node until the story takes it away. */
  readonly heldPod: boolean;
  readonly live: (world: StageWorld) => Promise<void>;
  readonly traces: (node: string) => readonly string[];
}

const upgraded: StageStory = {
  spec: ({ content }) => ({
    stage: 'upgrading',
    minReadySeconds: 0,
    upgrade: { taskTemplate: { namespace: 'default', spec: { content } } },
  }),
  heldPod: false,
  live: async ({ node }) => {
    await stands(cluster.client, node, 'Succeeded');
  },
  traces: (node) => [node],
};

/** Deleted while a pod is on its way. */
const deleted: StageStory = {
  spec: () => ({ stage: 'support' }),
  heldPod: true,
  live: async ({ node }) => {
    await stands(cluster.client, node, 'Draining');
    await cluster.client.delete(clusterStages, { name: node });
    await isGone(cluster.client, node);
  },
  traces: () => [],
};

/** One at a time: whoever starts controllers here has them look after all nodes. */
function scenario({ spec, heldPod, live, traces }: StageStory): Scenario<StageWorld> {
  return {
    async begin() {
      const { client } = cluster;
      const node = `crash-${randomBytes(4).toString('hex')}`;
      const runs = playedRuns('', { shell: 'true', played: () => ({ lasts: 0.1 }) });
      await makeNode(client, node, { taints: [taint] });
      await client.create(pods, {
        metadata: { namespace: 'default', name: node, ...(heldPod ? { finalizers: ['example.com/held'] } : {}) },
        spec: { nodeName: node, containers: [{ name: 'main', image: 'none' }] },
      });
      await until(client, pods, { namespace: 'default', name: node }, ([pod]) =>
        pod?.status?.phase === 'Running' ? true : undefined,
      );
      await apply(client, node, { ...spec(runs), drain: { force: true } });
      return { node, runs };
    },
    start: ({ runs }, faulty, steps) => startControllers(faulty, cluster.client, runs, steps),
    finished: (world) => live(world),
    async check({ node, runs }) {
      const { client } = cluster;
      expect(await runs.traces()).toEqual(traces(node));
      await expect.poll(async () => serviceOf(await client.get(nodes, { name: node }))).toEqual(asBefore);
      await expect.poll(() => claimed(client)).toEqual([]);
      expect((await podsOn(client, node)).filter(({ metadata }) => metadata.deletionTimestamp === undefined)).toEqual(
        [],
      );
    },
    async end({ node, runs }) {
      const { client } = cluster;
      const names = { metadata: { namespace: 'default', name: node } };
      if (heldPod) await client.mergePatch(pods, names.metadata, { metadata: { finalizers: null } });
      await deleteIfThere(client, pods, names);
      // The controllers are gone: nobody else would let these go.
      await letGo(clusterStages, { name: node });
      for (const { metadata } of (await client.list(agentTasks, { namespace: 'default' })).items)
        await letGo(agentTasks, { namespace: 'default', name: metadata.name });
      await deleteIfThere(client, nodes, { metadata: { name: node } });
      runs.close();
    },
  };
}

async function letGo<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): Promise<void> {
  const { client } = cluster;
  await client.mergePatch(type, key, { metadata: { finalizers: null } }).catch(() => undefined);
  await deleteIfThere(client, type, { metadata: key });
}

/** Every step by night; by day those that change a node, its pods and its task. */
const chosen = ['mergePatch nodes', 'create pods', 'create agenttasks'];

function options(only: readonly string[]) {
  const { client } = cluster;
  return { client, parallel: 1, ...(nightly ? {} : { only, moments: ['after'] as const }) };
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

  test('controllers that see the past first do nothing twice', async () => {
    const steps = await crashIntoThePast(scenario(upgraded), options(['create agenttasks']));
    expect(steps.filter((step) => step === 'create agenttasks')).toHaveLength(1);
  });

  test('a cache that lags does no harm', async () => {
    expect(await withLaggingCache(scenario(upgraded), options([]), 400)).toContain('create agenttasks');
  });
});
