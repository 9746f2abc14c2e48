import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { crashAtEveryStep, crashIntoThePast, dropEveryEvent, withLaggingCache } from '../../harness/crash.ts';
import { clientForFile } from '../kube/cluster.ts';
import {
  agentTaskScenario,
  childrenOf,
  finished,
  getTask,
  logOf,
  noClaims,
  noStrayRuns,
  tracesOf,
  tracing,
  untilTask,
  type Story,
  type TaskWorld,
} from './agenttask-world.ts';

const client = clientForFile();

const hosts = ['host-a', 'host-b'];
const failsOnB = 'test "{{ inventory_hostname }}" != host-b';

async function results(world: TaskWorld): Promise<readonly string[]> {
  const task = await getTask(world, client);
  return (task?.status?.hosts ?? []).map(({ name, result }) => `${name} ${result}`);
}

/** Lets the run on host-b end. */
async function letGo({ folder }: TaskWorld): Promise<void> {
  await writeFile(join(folder, 'go'), '');
}

async function childOn(world: TaskWorld, host: string): Promise<AgentTask | undefined> {
  return (await childrenOf(world, client)).find(({ spec }) => spec.hosts?.[0] === host);
}

/** Every host saw the task once, whatever happened. */
async function onceEach(world: TaskWorld): Promise<void> {
  expect((await tracesOf(world)).toSorted()).toEqual(hosts);
  await noClaims(world, client);
  await noStrayRuns(world, client);
}

const partly: Story = {
  spec: (world) => ({ hosts, splitBy: 'Host', content: tracing(world, failsOnB) }),
  live: async (world) => {
    await untilTask(world, client, finished);
  },
  check: async (world) => {
    await onceEach(world);
    expect((await getTask(world, client))?.status?.phase).toBe('PartlySucceeded');
    expect(await results(world)).toEqual(['host-a changed', 'host-b failed']);
    const children = await childrenOf(world, client);
    expect(children.map(({ status }) => [status?.phase, status?.attempts])).toEqual([
      ['Succeeded', 1],
      ['Failed', 1],
    ]);
    expect(await Promise.all(children.map((child) => logOf(world, client, child)))).toEqual([
      ['host-a changed'],
      ['host-b failed'],
    ]);
  },
};

/** One child is deleted by hand when it has ended, and is gone before the other one ends. */
const childDeleted: Story = {
  spec: (world) => ({
    hosts,
    splitBy: 'Host',
    content: tracing(
      world,
      `while test "{{ inventory_hostname }}" = host-b -a ! -e ${world.folder}/go; do sleep 0.1; done`,
    ),
  }),
  live: async (world) => {
    await untilTask(
      world,
      client,
      (task) => task?.status?.hosts?.some(({ name, result }) => name === 'host-a' && result === 'changed') === true,
    );
    const child = await childOn(world, 'host-a');
    if (child !== undefined) await client.delete(agentTasks, child.metadata);
    await expect.poll(() => childOn(world, 'host-a'), { timeout: 100_000 }).toBeUndefined();
    await letGo(world);
    await untilTask(world, client, finished);
  },
  check: async (world) => {
    await onceEach(world);
    expect((await getTask(world, client))?.status?.phase).toBe('Succeeded');
    expect(await results(world)).toEqual(['host-a changed', 'host-b changed']);
    expect(await childOn(world, 'host-a')).toBeUndefined();
  },
};

const deleted: Story = {
  spec: (world) => ({ hosts, splitBy: 'Host', content: tracing(world, 'sleep 120') }),
  live: async (world) => {
    await expect.poll(async () => (await tracesOf(world)).toSorted(), { timeout: 100_000 }).toEqual(hosts);
    await client.delete(agentTasks, { namespace: world.namespace, name: 'task' });
    await untilTask(world, client, (task) => task === undefined);
  },
  check: async (world) => {
    expect(await childrenOf(world, client)).toEqual([]);
    await onceEach(world);
  },
};

describe('the controller of a split task dies at each of its steps', { timeout: 1_200_000 }, () => {
  test('and each host sees the task once, also where it fails', async () => {
    const steps = await crashAtEveryStep(agentTaskScenario(client, partly), { client, moments: ['after'] });
    expect(steps.filter((step) => step === 'create agenttasks')).toHaveLength(2);
  });

  test('and children that are deleted by hand are not made again, also on a view of the past', async () => {
    expect(await crashIntoThePast(agentTaskScenario(client, childDeleted), { client })).toContain('create agenttasks');
  });

  test('and a deleted task takes its children along', async () => {
    const steps = await crashAtEveryStep(agentTaskScenario(client, deleted), { client, moments: ['after'] });
    expect(steps.filter((step) => step === 'delete agenttasks')).toHaveLength(2);
  });
});

describe('the controller of a split task sees less, or later, than what happens', { timeout: 1_200_000 }, () => {
  test('each event may be lost with what follows it', async () => {
    expect(await dropEveryEvent(agentTaskScenario(client, partly), { client })).toBeGreaterThan(5);
  });

  test.for([50, 400])('the cache lags %i ms behind', async (milliseconds) => {
    expect(await withLaggingCache(agentTaskScenario(client, partly), { client }, milliseconds)).toContain(
      'create agenttasks',
    );
  });
});
