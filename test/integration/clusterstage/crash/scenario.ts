import { randomBytes } from 'node:crypto';

import { expect } from 'vitest';

import { agentTasks } from '../../../../crds/types/agenttask.ts';
import { clusterStages, type ClusterStageSpec } from '../../../../crds/types/clusterstage.ts';
import { nodes } from '../../../../kube/builtin.ts';
import type { Client } from '../../../../kube/client.ts';
import { deleteIfThere } from '../../../../kube/ifthere.ts';
import { pods } from '../../../../kube/workloads.ts';
import { removeNamespace } from '../../../cluster/remove-namespace.ts';
import type { Scenario } from '../../../harness/crash.ts';
import { selecting } from '../../../harness/views.ts';
import { playedRuns, type Runs } from '../../agenttask/crash/runs.ts';
import { apply, claimed, type StageCluster } from '../cluster.ts';
import { startControllers } from '../controllers.ts';
import { asBefore, begin, service } from '../nodes.ts';
import { podsOn, runPod } from '../workloads.ts';

/** Nodes with a pod each, and a namespace for their tasks and claims. */
export interface StageWorld {
  /** Of the namespace; and the label `rack` of the nodes. */
  readonly name: string;
  readonly nodes: readonly string[];
  /** Name of the ClusterStage. */
  readonly stage: string;
  readonly runs: Runs;
}

/** What is asked for in a world, and what comes of it. */
export interface StageStory {
  /** The ClusterStage is that of the whole cluster, limited to so many nodes; absent: of one node. */
  readonly clusterOf?: number;
  readonly spec: (world: StageWorld) => Partial<ClusterStageSpec>;
  /** How long a run lasts, seconds, unless it is asked to stop. */
  readonly lasts: number;
  /** A finalizer holds the pods on their nodes until the story takes it away. */
  readonly heldPod: boolean;
  readonly live: (world: StageWorld) => Promise<void>;
  /** Called when all is over, with what the story looked at meanwhile. */
  readonly check?: (world: StageWorld) => Promise<void>;
  readonly traces: (world: StageWorld) => readonly string[];
}

/** For the crash harness. The controllers keep their claims in the world's namespace. */
export function scenario(cluster: StageCluster, story: StageStory): Scenario<StageWorld> {
  const { clusterOf, spec, lasts, heldPod, live, traces } = story;
  return {
    async begin() {
      const { client } = cluster;
      const name = `crash-${randomBytes(4).toString('hex')}`;
      const names = Array.from({ length: clusterOf ?? 1 }, (_, index) => (index === 0 ? name : `${name}-${index}`));
      const runs = playedRuns('', { shell: 'true', played: () => ({ lasts }) });
      const world = { name, nodes: names, stage: clusterOf === undefined ? name : 'cluster', runs };
      await begin(cluster, ...names);
      for (const node of names) {
        const finalizers = heldPod ? { finalizers: ['example.com/held'] } : {};
        await runPod(client, node, { metadata: { namespace: 'default', name: node, ...finalizers } });
      }
      const selected = clusterOf === undefined ? {} : { nodeSelector: { rack: name } };
      await apply(client, world.stage, { ...spec(world), ...selected, drain: { force: true } });
      return world;
    },
    start: ({ name, stage, runs }, faulty, steps) => {
      const own = {
        [clusterStages.plural]: `metadata.name=${stage}`,
        [agentTasks.plural]: `metadata.namespace=${name}`,
      };
      return startControllers(selecting(faulty, own), cluster.client, runs, name, steps);
    },
    finished: (world) => live(world),
    async check(world) {
      const { client } = cluster;
      expect(await world.runs.traces()).toEqual(traces(world));
      for (const node of world.nodes) {
        await expect.poll(() => service(cluster, node)).toEqual(asBefore);
        const staying = (await podsOn(client, node)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
        expect(staying).toEqual([]);
      }
      await expect.poll(() => claimed(client, world.name)).toEqual([]);
      await story.check?.(world);
    },
    end: (world) => endWorld(cluster.client, world, heldPod),
  };
}

async function endWorld(client: Client, { name, nodes: names, stage, runs }: StageWorld, held: boolean): Promise<void> {
  // Nobody else would let them go: the controllers are gone.
  await client.mergePatch(clusterStages, { name: stage }, { metadata: { finalizers: null } }).catch(() => undefined);
  await deleteIfThere(client, clusterStages, { metadata: { name: stage } });
  for (const node of names) {
    const pod = { namespace: 'default', name: node };
    if (held) await client.mergePatch(pods, pod, { metadata: { finalizers: null } });
    await deleteIfThere(client, pods, { metadata: pod });
    await deleteIfThere(client, nodes, { metadata: { name: node } });
  }
  await removeNamespace(client, name);
  runs.close();
}
