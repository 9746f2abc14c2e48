import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isFinished } from '../../../controllers/agenttask/phases.ts';
import { claimLabel } from '../../../controllers/shared/hostclaims.ts';
import { parentLabel } from '../../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { deployGroups } from '../../../crds/types/deploygroup.ts';
import { configMaps, leases, namespaces } from '../../../kube/builtin.ts';
import { KubeClient, type Client, type ListPage } from '../../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../../kube/credentials.ts';
import type { KubeObject, ResourceType } from '../../../kube/objects.ts';
import { Transport } from '../../../kube/transport.ts';
import type { Log } from '../../cluster/binaries/progress.ts';
import { startControlPlane } from '../../cluster/control-plane.ts';
import { installCrds } from '../../cluster/crds.ts';
import { Calls } from '../calls.ts';
import { Child } from '../child.ts';
import { BenchError } from '../errors.ts';
import { follow } from '../follow.ts';
import { inParallel } from '../load.ts';
import { nodeEnvironment, nodeFlags } from '../managers.ts';
import { cpuTime } from '../process-stats.ts';

/** What tasks on groups have cost, of which all were under way at once. */
export interface GroupFigures {
  /** Of all of them together. */
  readonly hosts: number;
  /** To the API server, for each host. */
  readonly calls: number;
  /** Of the controllers, milliseconds of processor time for each host. */
  readonly cpu: number;
  /** What their objects are stored as, at most. */
  readonly largest: Size;
}

export interface Size {
  /** `AgentTask`. */
  readonly kind: string;
  readonly bytes: number;
}

export interface GroupsFigures {
  /** By the number of hosts, rising. */
  readonly fleets: readonly GroupFigures[];
  /** Of one task on as many hosts as a group may have. */
  readonly largest: Size;
}

/** Hosts of each batch of the tasks of which there are ever more. */
const batches = [1, 3, 6];
const perTask = batches.reduce((sum, hosts) => sum + hosts, 0);
/** Of few tasks a processor's time cannot be told: they are run again until so many hosts have had their turn. */
const enough = 300;
const systemNamespace = 'fleetwright-system';

/** Runs tasks on groups of ten hosts, all at once: on each of these numbers of hosts. */
export async function measureGroups(fleets: readonly number[], log: Log): Promise<GroupsFigures> {
  const calls = await Calls.open();
  const plane = await startControlPlane({
    components: { scheduler: false, kwok: false },
    log,
    tokens: Object.values(calls.users),
    extraApiserverArgs: calls.flags,
  });
  const transport = new Transport(new Credentials(() => loadKubeConfig(plane.kubeconfigPath)));
  try {
    await installCrds(plane.kubeconfigPath, undefined, { kubectlPath: plane.kubectlPath });
    const client = new KubeClient(transport, { fieldManager: 'bench-driver' });
    await client.create(namespaces, { metadata: { name: systemNamespace } });
    const controllers = new Child({
      name: 'the controllers',
      command: process.execPath,
      args: [...nodeFlags, join(import.meta.dirname, 'group-manager.ts'), `--namespace=${systemNamespace}`],
      env: { KUBECONFIG: await calls.kubeconfig(plane, 'fleetwright'), ...nodeEnvironment() },
      logFile: join(plane.folder, 'group-manager.log'),
    });
    const ground: Ground = { client, calls, controllers, log };
    try {
      return await controllers.during(measured(ground, fleets));
    } finally {
      await controllers.stop();
    }
  } finally {
    await transport.close();
    await plane.stop();
    await calls.close();
  }
}

interface Ground {
  readonly client: Client;
  readonly calls: Calls;
  readonly controllers: Child;
  readonly log: Log;
}

async function measured(ground: Ground, fleets: readonly number[]): Promise<GroupsFigures> {
  ground.log('groups: tasks that are not measured, since a process that was just started has compiled nothing yet');
  await turn(ground, 'warm-up', shapesOf(enough));
  const figures: GroupFigures[] = [];
  for (const hosts of fleets) {
    const turns: GroupFigures[] = [];
    for (let done = 0; done < Math.max(enough, hosts); done += hosts)
      turns.push(await turn(ground, `fleet-${hosts}-${turns.length}`, shapesOf(hosts)));
    const mean = (of: (figures: GroupFigures) => number): number =>
      turns.reduce((sum, each) => sum + of(each), 0) / turns.length;
    const largest = largestOf(turns.map((each) => each.largest));
    figures.push({ hosts, calls: mean((each) => each.calls), cpu: mean((each) => each.cpu), largest });
  }
  const { largest } = await turn(ground, 'large', [Array.from({ length: 10 }, () => 100)]);
  return { fleets: figures, largest };
}

/** Of a number of tasks, how many hosts each of its batches has. */
type Shapes = readonly (readonly number[])[];

function shapesOf(hosts: number): Shapes {
  return Array.from({ length: hosts / perTask }, () => batches);
}

/** A task for each shape, all at once, in a namespace of their own that is empty again afterwards. */
async function turn(
  { client, calls, controllers, log }: Ground,
  namespace: string,
  shapes: Shapes,
): Promise<GroupFigures> {
  await client.create(namespaces, { metadata: { name: namespace } });
  const hosts = shapes.flat().reduce((sum, count) => sum + count, 0);
  const before = { cpu: await cpuTime(controllers.pid), calls: await calls.by('fleetwright') };
  await allEnded(client, namespace, shapes.length, () =>
    inParallel([...shapes.entries()], ([index, shape]) => begin(client, namespace, index, shape)),
  );
  await noneLeft(client, leases, { namespace: systemNamespace, labelSelector: claimLabel });
  const after = { cpu: await cpuTime(controllers.pid), calls: await calls.by('fleetwright') };
  const made = [...after.calls].map(([what, count]): [string, number] => [what, count - (before.calls.get(what) ?? 0)]);
  const total = made.reduce((sum, [, count]) => sum + count, 0);
  const most = made.toSorted(([, a], [, b]) => b - a).slice(0, 8);
  log(`groups: ${namespace}: ${most.map(([what, count]) => `${what} ${count}`).join(', ')}`);
  const kinds: readonly ResourceType[] = [agentTasks, deployGroups, configMaps];
  const sizes = kinds.map((type) => largestIn(client, type, namespace));
  const largest = largestOf(await Promise.all(sizes));
  await client.delete(namespaces, { name: namespace });
  await noneLeft(client, agentTasks, { namespace });
  return { hosts, calls: total / hosts, cpu: (after.cpu - before.cpu) / hosts, largest };
}

async function begin(client: Client, namespace: string, index: number, shape: readonly number[]): Promise<void> {
  const name = `roll-${String(index).padStart(4, '0')}`;
  const list = shape.map((count, batch) => ({
    hosts: Array.from({ length: count }, (_, host) => `${name}-${batch}-${host}.example.com`),
  }));
  const common = { apiVersion: 'fleetwright.io/v1alpha1', metadata: { namespace, name } } as const;
  await client.create(deployGroups, { ...common, kind: 'DeployGroup', spec: { type: 'List', list } });
  const spec = { groupRef: { name }, content: '- ansible.builtin.package: {name: chrony}\n' };
  await client.create(agentTasks, { ...common, kind: 'AgentTask', spec });
}

/** Resolves when as many tasks have ended, their children not counted. @throws BenchError where one did not end well */
async function allEnded(client: Client, namespace: string, total: number, act: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const done = Promise.withResolvers<void>();
  const ended = new Set<string>();
  const look = (task: AgentTask): void => {
    if (!isFinished(task)) return;
    const { phase, message } = task.status ?? {};
    if (phase !== 'Succeeded')
      done.reject(new BenchError('DRIVER_FAILED', `AgentTask ${task.metadata.name} ended as ${phase}: ${message}`));
    if (ended.add(task.metadata.name).size === total) done.resolve();
  };
  const followed = { namespace, labelSelector: `!${parentLabel}`, signal: stop.signal };
  const following = follow(client, agentTasks, followed, ({ object }) => look(object));
  following.catch(done.reject);
  try {
    await Promise.all([act(), done.promise]);
  } finally {
    stop.abort();
    await following.catch(() => undefined);
  }
}

/** Resolves when none of them is left. */
async function noneLeft(
  client: Client,
  type: ResourceType,
  where: { readonly namespace: string; readonly labelSelector?: string },
): Promise<void> {
  while ((await client.list(type, { ...where, limit: 1 })).items.length > 0) await sleep(250);
}

async function largestIn<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  namespace: string,
): Promise<Size> {
  const sizes: Size[] = [{ kind: type.kind, bytes: 0 }];
  let page: string | undefined = '';
  while (page !== undefined) {
    const { items, continue: next }: ListPage<KubeObject> = await client.list(type, {
      namespace,
      limit: 500,
      continue: page,
    });
    sizes.push(...items.map((object) => ({ kind: type.kind, bytes: JSON.stringify(object).length })));
    page = next;
  }
  return largestOf(sizes);
}

function largestOf(sizes: readonly Size[]): Size {
  return sizes.reduce((most, size) => (size.bytes > most.bytes ? size : most));
}
