import { join } from 'node:path';

import { agentTasks } from '../../../crds/types/agenttask.ts';
import { clusterStages } from '../../../crds/types/clusterstage.ts';
import { namespaces } from '../../../kube/builtin.ts';
import { KubeClient, type Client } from '../../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../../kube/credentials.ts';
import { removeFinalizer } from '../../../kube/finalizers.ts';
import { Transport } from '../../../kube/transport.ts';
import type { Log } from '../../cluster/binaries/progress.ts';
import { startControlPlane, type ControlPlane } from '../../cluster/control-plane.ts';
import { installCrds } from '../../cluster/crds.ts';
import { Calls, type Caller } from '../calls.ts';
import { Child } from '../child.ts';
import { inParallel } from '../load.ts';
import { nodeEnvironment, nodeFlags } from '../managers.ts';
import { memoryUse } from '../process-stats.ts';
import { drainByKubectl } from './by-kubectl.ts';
import { drainByStage, type Sights } from './by-stage.ts';
import { fleetNamespace, makeFleet, nodeNames, parallelOf, settleFleet, type FleetSize } from './fleet.ts';

/** Of one round: all nodes were emptied and put back once. */
export interface Turn {
  readonly seconds: number;
  /** To the API server, for each node. */
  readonly calls: number;
}

export interface DrainFigures {
  readonly size: FleetSize;
  /** Nodes that may be out of service at once. */
  readonly parallel: ReturnType<typeof parallelOf>;
  readonly kubectl: readonly Turn[];
  readonly fleetwright: readonly Turn[];
  readonly sights: readonly Sights[];
  /** Of the controllers, MiB at most. */
  readonly memory: number;
}

export interface DrainOptions {
  readonly rounds: number;
  readonly size: FleetSize;
  /** Absent: both. */
  readonly drainers?: readonly Caller[];
  readonly log: Log;
}

/** The same nodes are emptied by `kubectl drain` and by a ClusterStage, in turns. */
export async function measureDrain({
  rounds,
  size,
  drainers = ['kubectl', 'fleetwright'],
  log,
}: DrainOptions): Promise<DrainFigures> {
  const calls = await Calls.open();
  const plane = await startControlPlane({
    log,
    tokens: Object.values(calls.users),
    extraApiserverArgs: calls.flags,
  });
  const transport = new Transport(new Credentials(() => loadKubeConfig(plane.kubeconfigPath)));
  try {
    await installCrds(plane.kubeconfigPath, undefined, { kubectlPath: plane.kubectlPath });
    const client = new KubeClient(transport, { fieldManager: 'bench-driver' });
    for (const name of [fleetNamespace, 'fleetwright-system']) await client.create(namespaces, { metadata: { name } });
    log(`drain: making ${size.nodes} nodes with ${size.pods} pods`);
    await makeFleet(client, size);
    return await inTurns({ rounds, size, drainers, plane, client, calls, log });
  } finally {
    await transport.close();
    await plane.stop();
    await calls.close();
  }
}

interface Ground extends Required<DrainOptions> {
  readonly plane: ControlPlane;
  readonly client: Client;
  readonly calls: Calls;
}

async function inTurns({ rounds, size, drainers, plane, client, calls, log }: Ground): Promise<DrainFigures> {
  const parallel = parallelOf(size);
  const names = nodeNames(size.nodes);
  const kubectl = {
    kubectlPath: plane.kubectlPath,
    kubeconfigPath: await calls.kubeconfig(plane, 'kubectl'),
    cacheFolder: join(plane.folder, 'drain-cache'),
  };
  const turns: Record<Caller, Turn[]> = { kubectl: [], fleetwright: [] };
  const sights: Sights[] = [];
  let memory = 0;
  await client.create(clusterStages, {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'ClusterStage',
    metadata: { name: 'cluster' },
    spec: { stage: 'running', scope: 'Cluster' },
  });
  const byKubectl = async (): Promise<void> => {
    await drainByKubectl(names, parallel.ofAll, kubectl);
  };
  const byStage = async (round: number): Promise<void> => {
    const controllers = await startControllers(plane, calls);
    try {
      sights.push(await controllers.during(drainByStage(client, `${round}`)));
      memory = Math.max(memory, (await memoryUse(controllers.pid)).peak);
    } finally {
      await controllers.stop();
    }
  };
  const turn = async (drainer: Caller, round: number): Promise<void> => {
    log(`drain, round ${round + 1} of ${rounds}: ${drainer}`);
    await settleFleet(client, size);
    const before = sum(await calls.by(drainer));
    const beganAt = performance.now();
    await (drainer === 'kubectl' ? byKubectl() : byStage(round));
    const seconds = (performance.now() - beganAt) / 1000;
    const counted = await calls.by(drainer);
    turns[drainer].push({ seconds, calls: (sum(counted) - before) / size.nodes });
    const most = [...counted].toSorted(([, a], [, b]) => b - a).slice(0, 12);
    log(`drain: ${seconds.toFixed(1)} s; calls so far: ${most.map(([what, count]) => `${what} ${count}`).join(', ')}`);
  };
  for (let round = 0; round < rounds; round += 1) {
    for (const drainer of round % 2 === 0 ? drainers : drainers.toReversed()) await turn(drainer, round);
    await removeTasks(client);
  }
  return { size, parallel, ...turns, sights, memory };
}

async function startControllers(plane: ControlPlane, calls: Calls): Promise<Child> {
  return new Child({
    name: 'the controllers',
    command: process.execPath,
    args: [...nodeFlags, join(import.meta.dirname, 'stage-manager.ts'), '--namespace=fleetwright-system'],
    env: { KUBECONFIG: await calls.kubeconfig(plane, 'fleetwright'), ...nodeEnvironment() },
    logFile: join(plane.folder, 'stage-manager.log'),
  });
}

async function removeTasks(client: Client): Promise<void> {
  const { items } = await client.list(agentTasks, { namespace: fleetNamespace });
  await inParallel(items, async (task) => {
    for (const name of task.metadata.finalizers ?? []) await removeFinalizer(client, agentTasks, task, name);
    await client.delete(agentTasks, task.metadata);
  });
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
