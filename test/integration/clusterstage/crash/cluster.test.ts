import { describe, expect, test } from 'vitest';

import { crashAtEveryStep } from '../../../harness/crash.ts';
import { nightly, patience } from '../../../harness/matrix.ts';
import { stageCluster, stands } from '../cluster.ts';
import { Onlooker } from '../onlooker.ts';
import { scenario, type StageStory, type StageWorld } from './scenario.ts';

const cluster = stageCluster({ scheduler: false });
const onlookers = new WeakMap<StageWorld, Onlooker>();

/** Two nodes of the ClusterStage of the whole cluster, one after the other; somebody looks on. */
const upgraded: StageStory = {
  clusterOf: 2,
  spec: ({ name, runs: { content } }) => ({
    stage: 'upgrading',
    minReadySeconds: 0,
    upgrade: { taskTemplate: { namespace: name, spec: { content } } },
  }),
  lasts: 0.1,
  heldPod: false,
  live: async (world) => {
    const { name, nodes } = world;
    onlookers.set(world, await Onlooker.open(cluster.client, { namespace: name, app: 'none', nodes }));
    await stands(cluster.client, 'cluster', 'Succeeded');
  },
  async check(world) {
    const onlooker = onlookers.get(world);
    await onlooker?.close();
    expect(onlooker?.mostOut).toBe(1);
    expect(onlooker?.timesOut).toEqual(Object.fromEntries(world.nodes.map((node) => [node, 1])));
  },
  traces: ({ nodes }) => nodes,
};

/** Every step by night; by day those that begin with a node, its task, and what frees it. */
const chosen = ['mergePatch nodes', 'create agenttasks'];

describe('the controllers die while the whole cluster is upgraded:', { timeout: patience(300_000) }, () => {
  test('each node is out of service once, one at a time, and is upgraded once', async () => {
    // There is one ClusterStage of the whole cluster only.
    const common = { client: cluster.client, parallel: 1 };
    const options = nightly ? common : { ...common, only: chosen, moments: ['after'] as const };
    const steps = await crashAtEveryStep(scenario(cluster, upgraded), options);
    // A node that Kubernetes has changed meanwhile is patched once more.
    expect(steps.filter((step) => chosen.includes(step)).join()).toMatch(
      /^(mergePatch nodes,)+create agenttasks,(mergePatch nodes,){2,}create agenttasks(,mergePatch nodes)+$/,
    );
  });
});
