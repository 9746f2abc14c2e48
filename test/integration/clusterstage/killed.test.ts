import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { setUpAnsible } from '../../../controllers/agenttask/runner/setup.ts';
import { agentTasks } from '../../../crds/types/agenttask.ts';
import { clusterStages, type ClusterStage, type ClusterStageSpec } from '../../../crds/types/clusterstage.ts';
import { namespaces } from '../../../kube/builtin.ts';
import { findCondition } from '../../../kube/conditions.ts';
import { amount, patience } from '../../harness/matrix.ts';
import { Random } from '../../harness/world/random.ts';
import { ansibleRuns, type Runs } from '../agenttask/crash/runs.ts';
import { ControllersProcess } from '../stack/controllers-process.ts';
import { killAtRandom } from '../stack/kills.ts';
import { apply, claimed, stageCluster, stands, systemNamespace } from './cluster.ts';
import { cordon, makeNode, service } from './nodes.ts';
import { budget, deploy, podsOn } from './workloads.ts';
import { Onlooker } from './onlooker.ts';

const cluster = stageCluster();
const kills = amount(2, 10);
const namespace = 'work';
/** Nodes of the ClusterStage of the whole cluster, by a label; and one with a ClusterStage of its own. */
const rack = ['n1', 'n2', 'n3'].slice(0, amount(2, 3));
const single = 'n9';
const all = [...rack, single];

let folder: string;
let runs: Runs;
let controllers: ControllersProcess;
let failure: Error | undefined;

beforeAll(async () => {
  const { client, plane } = cluster;
  await setUpAnsible((line) => console.log(line));
  folder = await mkdtemp(join(tmpdir(), 'fleetwright-stages-'));
  // Long enough for a moment to fall into it.
  runs = ansibleRuns(folder, { shell: 'sleep 2', played: () => ({ lasts: 2 }) });
  controllers = new ControllersProcess({
    kubeconfigPath: plane.kubeconfigPath,
    systemNamespace,
    stateFolder: join(folder, 'runs'),
    maxRuns: 4,
    leaseSeconds: 10,
    onUnexpectedEnd: (error) => (failure = error),
  });
  await client.create(namespaces, { metadata: { name: namespace } });
  const taints = [
    { key: 'test', effect: 'NoSchedule' as const },
    { key: 'example.com/gpu', value: 'yes', effect: 'PreferNoSchedule' as const },
  ];
  for (const name of all)
    await makeNode(client, name, {
      spec: { taints },
      labels: { rack: rack.includes(name) ? 'a' : 'b' },
      annotations: { 'example.com/owner': 'somebody' },
    });
  await deploy(client, namespace, 'web', { replicas: 5, pools: all });
  await budget(client, namespace, 'web', { maxUnavailable: 1 });
  // Somebody wants nothing new on it: that has to be so afterwards, too.
  await cordon(client, single);
}, 200_000);
afterAll(async () => {
  await controllers?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function services(): Promise<object> {
  return Object.fromEntries(await Promise.all(all.map(async (name) => [name, await service(cluster, name)])));
}

function upgrading(round: number): Partial<ClusterStageSpec> {
  return {
    stage: 'upgrading',
    requestID: `${round}`,
    minReadySeconds: 1,
    upgrade: { taskTemplate: { namespace, spec: { content: runs.content } } },
  };
}

/** Asks for a stage, and waits until it is reached, however often the controllers are killed on the way. */
async function brings(name: string, spec: Partial<ClusterStageSpec>, reason: string): Promise<void> {
  await apply(cluster.client, name, spec);
  const reasonOf = async (): Promise<string | undefined> => {
    if (failure !== undefined) throw failure;
    const { metadata, status } = await cluster.client.get(clusterStages, { name });
    const { observedGeneration, conditions } = status ?? {};
    return observedGeneration === metadata.generation ? findCondition(conditions, 'Ready')?.reason : undefined;
  };
  await expect.poll(reasonOf, { timeout: patience(200_000), interval: 300 }).toBe(reason);
}

/** Both at once: a node into support, back, through an upgrade; and all nodes of the rack through an upgrade. */
async function operate(round: number): Promise<void> {
  await Promise.all([
    brings('cluster', { ...upgrading(round), nodeSelector: { rack: 'a' } }, 'Succeeded'),
    (async () => {
      await brings(single, { stage: 'support', requestID: `${round}` }, 'OutOfService');
      expect(await podsOn(cluster.client, single)).toEqual([]);
      await brings(single, { stage: 'running' }, 'Running');
      await brings(single, upgrading(round), 'Succeeded');
    })(),
  ]);
}

test(
  `nodes are emptied within their budget, upgraded once and back as they were, with controllers killed ${kills} times`,
  async () => {
    const { client } = cluster;
    await controllers.start();
    await stands(client, 'cluster', 'Running');
    const before = await services();
    const onlooker = await Onlooker.open(client, { namespace, app: 'web', nodes: rack });
    const enough = new AbortController();
    let [rounds, killed] = [0, 0];
    const operating = async (): Promise<void> => {
      try {
        for (; !enough.signal.aborted; rounds += 1) await operate(rounds);
      } finally {
        enough.abort();
      }
    };
    const killing = async (): Promise<void> => {
      try {
        killed = await killAtRandom({
          controllers,
          count: kills,
          random: new Random(20_261_127),
          apart: 12_000,
          standing: async () => {
            const { items } = await client.list(clusterStages);
            if (enough.signal.aborted) return 'over';
            return items.some(isUnderWay) ? 'under way' : 'ahead';
          },
          patience: 100_000,
        });
      } finally {
        enough.abort();
      }
    };
    await Promise.all([operating(), killing()]);
    await onlooker.close();
    console.log(`${killed} kills in ${rounds} rounds over ${all.length} nodes`);

    expect(killed).toBe(kills);
    await expect.poll(services).toEqual(before);
    expect(onlooker.fewestHealthy, 'with a budget of 4 of 5').toBe(4);
    expect(onlooker.mostOut).toBe(1);
    expect(await runs.traces()).toHaveLength(rounds * all.length);
    expect((await runs.traces()).toSorted()).toEqual(all.flatMap((name) => Array<string>(rounds).fill(name)));
    const tasks = await client.list(agentTasks, { namespace });
    expect(tasks.items.map(({ spec, status }) => `${spec.hosts?.[0]} ${status?.phase}`).toSorted()).toEqual(
      all.flatMap((name) => Array<string>(rounds).fill(`${name} Succeeded`)),
    );
    await expect.poll(() => claimed(client)).toEqual([]);
    expect(await controllers.stop()).toBe(0);
  },
  patience(500_000),
);

function isUnderWay({ spec, status }: ClusterStage): boolean {
  return spec.stage !== 'running' && status?.run !== undefined && status.run.completionTime === undefined;
}
