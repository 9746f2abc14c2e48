import { describe, expect, test } from 'vitest';

import { agentTasks } from '../../../../crds/types/agenttask.ts';
import { clusterStages } from '../../../../crds/types/clusterstage.ts';
import { crashAtEveryStep, crashIntoThePast, withLaggingCache } from '../../../harness/crash.ts';
import { nightly, patience } from '../../../harness/matrix.ts';
import { until } from '../../../harness/wait.ts';
import { isGone, stageCluster, stands } from '../cluster.ts';
import { scenario, type StageStory } from './scenario.ts';

const cluster = stageCluster({ scheduler: false });

const upgrading: StageStory['spec'] = ({ name, runs: { content } }) => ({
  stage: 'upgrading',
  minReadySeconds: 0,
  upgrade: { taskTemplate: { namespace: name, spec: { content } } },
});

const upgraded: StageStory = {
  spec: upgrading,
  lasts: 0.1,
  heldPod: false,
  live: async ({ name }) => {
    await stands(cluster.client, name, 'Succeeded');
  },
  traces: ({ nodes }) => nodes,
};

/** Deleted while a pod is on its way. */
const deleted: StageStory = {
  spec: () => ({ stage: 'support' }),
  lasts: 0,
  heldPod: true,
  live: async ({ name }) => {
    await stands(cluster.client, name, 'Draining');
    await cluster.client.delete(clusterStages, { name });
    await isGone(cluster.client, name);
  },
  traces: () => [],
};

/** Deleted while its task runs, which has to stop first. */
const brokenOff: StageStory = {
  spec: upgrading,
  lasts: 1000,
  heldPod: false,
  live: async ({ name }) => {
    await until(cluster.client, agentTasks, { namespace: name }, ([task]) =>
      task?.status?.phase === 'Running' ? true : undefined,
    );
    await cluster.client.delete(clusterStages, { name });
    await isGone(cluster.client, name);
  },
  traces: ({ nodes }) => nodes,
};

/** Every step by night; by day those that change a node, its pods and its task. */
const chosen = ['mergePatch nodes', 'create pods', 'create agenttasks'];

function options(only: readonly string[]) {
  const { client } = cluster;
  return { client, ...(nightly ? {} : { only, moments: ['after'] as const }) };
}

describe('the controllers die and new ones finish what they began:', { timeout: patience(300_000) }, () => {
  test('a node is upgraded once, and is back as it was', async () => {
    const steps = await crashAtEveryStep(scenario(cluster, upgraded), options(chosen));
    // A node that Kubernetes has changed meanwhile is patched once more.
    expect(steps.filter((step) => chosen.includes(step)).join()).toMatch(
      /^(mergePatch nodes,)+create pods,create agenttasks(,mergePatch nodes)+$/,
    );
  });

  test('a stage that is deleted half-way leaves the node as it was', async () => {
    const steps = await crashAtEveryStep(scenario(cluster, deleted), options(['mergePatch nodes']));
    expect(steps.filter((step) => step === 'mergePatch nodes').length).toBeGreaterThanOrEqual(2);
  });

  test('a stage that is deleted while its task runs stops it first, and leaves the node as it was', async () => {
    const steps = await crashAtEveryStep(scenario(cluster, brokenOff), options(['mergePatch agenttasks']));
    expect(steps).toContain('executor.requestStop');
  });

  test('controllers that see the past first do nothing twice', async () => {
    const steps = await crashIntoThePast(scenario(cluster, upgraded), options(['create agenttasks']));
    expect(steps.filter((step) => step === 'create agenttasks')).toHaveLength(1);
  });

  test('a cache that lags does no harm', async () => {
    expect(await withLaggingCache(scenario(cluster, upgraded), options([]), 400)).toContain('create agenttasks');
  });
});
