import { expect } from 'vitest';

import { addAgentTask } from '../../../../controllers/agenttask/controller.ts';
import { addDeployGroup } from '../../../../controllers/deploygroup/controller.ts';
import { claimLabel } from '../../../../controllers/shared/hostclaims.ts';
import { openClaims } from '../../../../controllers/shared/open-claims.ts';
import { isFinished } from '../../../../controllers/agenttask/phases.ts';
import { localPlace } from '../../../../controllers/agenttask/run/places.ts';
import { parentLabel } from '../../../../crds/labels.ts';
import { decodeRunLog, runLogKey, runLogName } from '../../../../crds/runlog.ts';
import { agentTasks, type AgentTask, type AgentTaskSpec } from '../../../../crds/types/agenttask.ts';
import { deployGroups } from '../../../../crds/types/deploygroup.ts';
import { configMaps, leases } from '../../../../kube/builtin.ts';
import type { Client } from '../../../../kube/client.ts';
import { systemClock } from '../../../../kube/clock.ts';
import { startController } from '../../../harness/controller.ts';
import type { HarnessOptions, Running, Scenario } from '../../../harness/crash.ts';
import { nightly } from '../../../harness/matrix.ts';
import { makePlace, removePlace, type Place } from '../../../harness/place.ts';
import type { Steps } from '../../../harness/steps.ts';
import { until } from '../../../harness/wait.ts';
import { ansibleRuns, openRuns, playedRuns, type Deed, type Runs } from './runs.ts';

/** What one run of the harness has for itself. */
export interface TaskWorld extends Place {
  readonly runs: Runs;
}

export interface Story {
  readonly spec?: Partial<AgentTaskSpec>;
  /** The hosts of each batch of the DeployGroup `group`, which there is then. */
  readonly group?: readonly (readonly string[])[];
  readonly deed: Deed;
  /** The user's part: runs once, beside the controller. Resolves when the operation has come to its end. */
  readonly live: (world: TaskWorld, client: Client) => Promise<void>;
  readonly check: (world: TaskWorld, client: Client) => Promise<void>;
}

/** By whom content is run, and how much of a matrix is run with it. */
export interface Driver {
  readonly name: string;
  readonly runs: (folder: string, deed: Deed) => Runs;
  /** Whether everything is run: a run of Ansible takes seconds. */
  readonly thorough: boolean;
}

export const drivers: readonly Driver[] = [
  { name: 'played runs', runs: playedRuns, thorough: true },
  { name: 'runs of Ansible', runs: ansibleRuns, thorough: nightly },
];

/** Those with which everything is run: by day the played one. Ansible's part is in the stories of all drivers. */
export const thoroughDrivers = drivers.filter(({ thorough }) => thorough);

/**
 * Dies at every step, or at those named where every step would take too long. By day not before a step, which is
 * after the one before it.
 * @param from by day the first step, where what comes before is another story's too
 */
export function stepsOf(
  { thorough }: Driver,
  chosen: readonly string[],
  from?: string,
): Pick<HarnessOptions, 'only' | 'moments' | 'from'> {
  if (!thorough) return { only: chosen, moments: ['after'] };
  return nightly ? {} : { moments: ['after'], from };
}

/**
 * A scenario over the real API server; each world has a namespace and a machine, or a folder of this one, of its own.
 */
export function agentTaskScenario(client: Client, driver: Driver, story: Story): Scenario<TaskWorld> {
  return {
    async begin() {
      const place = await makePlace(client);
      const runs = driver.runs(place.folder, story.deed);
      if (story.group !== undefined)
        await client.create(deployGroups, {
          apiVersion: 'fleetwright.io/v1alpha1',
          kind: 'DeployGroup',
          metadata: { name: 'group', namespace: place.namespace },
          spec: { type: 'List', list: story.group.map((hosts) => ({ hosts })) },
        });
      await client.create(agentTasks, {
        apiVersion: 'fleetwright.io/v1alpha1',
        kind: 'AgentTask',
        metadata: { name: 'task', namespace: place.namespace },
        spec: {
          ...(story.group === undefined ? { hosts: ['host-a'] } : { groupRef: { name: 'group' } }),
          content: runs.content,
          ...story.spec,
        },
      });
      return { ...place, runs };
    },
    start: (world, faulty, steps) => startTaskControllers(faulty, { ...world, untroubled: client, steps }),
    finished: (world) => story.live(world, client),
    check: (world) => story.check(world, client),
    async end(world) {
      world.runs.close();
      await removePlace(client, world);
    },
  };
}

interface ControllersOptions {
  /** Of the objects, of the claims and of the counters. */
  readonly namespace: string;
  readonly runs: Runs;
  /** For what is written beside the work. */
  readonly untroubled: Client;
  /** Wraps the executor, where each of its steps counts. */
  readonly steps?: Steps;
}

/** Starts the controllers of AgentTasks and of DeployGroups in this process. */
export function startTaskControllers(
  client: Client,
  { namespace, runs, untroubled, steps }: ControllersOptions,
): Promise<Running> {
  return startController(client, untroubled, async ({ manager, events, log }) => {
    const executor = await openRuns(runs, steps);
    const common = { client, events, clock: systemClock, systemNamespace: namespace, namespace };
    addDeployGroup(manager, common);
    addAgentTask(manager, {
      ...common,
      places: [localPlace(executor, 4)],
      log,
      claims: openClaims(manager, { client, namespace }),
      limits: { maxOutputBytes: 1_000_000 },
    });
  });
}

type Somewhere = Pick<TaskWorld, 'namespace'>;

/** Watches the task until the predicate holds of it (undefined: it is gone). */
export async function untilTask(
  { namespace }: Somewhere,
  client: Client,
  predicate: (task: AgentTask | undefined) => boolean,
): Promise<AgentTask | undefined> {
  const { task } = await until(client, agentTasks, { namespace, name: 'task' }, ([one]) =>
    predicate(one) ? { task: one } : undefined,
  );
  return task;
}

export const finished = (task: AgentTask | undefined): boolean => task !== undefined && isFinished(task);

/** Waits until the content has been run, or has begun to, on these hosts, each once. */
export async function untilTraces({ runs }: TaskWorld, hosts: readonly string[]): Promise<void> {
  await expect.poll(async () => (await runs.traces()).toSorted(), { timeout: 100_000 }).toEqual(hosts);
}

export async function getTask({ namespace }: Somewhere, client: Client): Promise<AgentTask | undefined> {
  const { items } = await client.list(agentTasks, { namespace, fieldSelector: 'metadata.name=task' });
  return items[0];
}

/** No claim is held any more; waits for it, since claims are freed just after the end is written. */
export async function noClaims({ namespace }: Somewhere, client: Client): Promise<void> {
  await until(client, leases, { namespace }, (all) =>
    all.some(({ metadata }) => metadata.labels?.[claimLabel] !== undefined) ? undefined : true,
  );
}

/** The tasks that the task made. */
export async function childrenOf({ namespace }: Somewhere, client: Client): Promise<readonly AgentTask[]> {
  return (await client.list(agentTasks, { namespace, labelSelector: parentLabel })).items;
}

/** What the log of the run tells of, as `host result`; it must be written before the task has ended. */
export async function logOf(world: Somewhere, client: Client, task: AgentTask | undefined): Promise<readonly string[]> {
  const log = await client.get(configMaps, {
    namespace: world.namespace,
    name: runLogName(task?.status?.run?.id ?? '', 0),
  });
  return decodeRunLog(log.binaryData?.[runLogKey] ?? '').steps.map(({ host, result }) => `${host} ${result}`);
}

/** Nothing is left of runs but of recorded ones. */
export async function noStrayRuns({ namespace, runs }: TaskWorld, client: Client): Promise<void> {
  const { items } = await client.list(agentTasks, { namespace });
  const own = new Set(items.flatMap(({ status }) => status?.run?.id ?? []));
  expect((await runs.left()).filter((id) => !own.has(id))).toEqual([]);
}
