import { describe, expect, test } from 'vitest';

import { agentTasks, type AgentTask } from '../../../../crds/types/agenttask.ts';
import { crashAtEveryStep, crashIntoThePast, dropEveryEvent, withLaggingCache } from '../../../harness/crash.ts';
import { nightly, patience, variants } from '../../../harness/matrix.ts';
import { until } from '../../../harness/wait.ts';
import { clientForFile } from '../../kube/cluster.ts';
import {
  agentTaskScenario,
  childrenOf,
  drivers,
  finished,
  getTask,
  logOf,
  noClaims,
  noStrayRuns,
  stepsOf,
  thoroughDrivers,
  untilTask,
  untilTraces,
  type Story,
  type TaskWorld,
} from './world.ts';

const client = clientForFile();

const hosts = ['host-a', 'host-b'];
const spec = { hosts, splitBy: 'Host' } as const;

async function results(world: TaskWorld): Promise<readonly string[]> {
  const task = await getTask(world, client);
  return (task?.status?.hosts ?? []).map(({ name, result }) => `${name} ${result}`);
}

async function childOn(world: TaskWorld, host: string): Promise<AgentTask | undefined> {
  return (await childrenOf(world, client)).find((child) => child.spec.hosts?.[0] === host);
}

/** Every host saw the task once, whatever happened. */
async function onceEach(world: TaskWorld): Promise<void> {
  expect((await world.runs.traces()).toSorted()).toEqual(hosts);
  await noClaims(world, client);
  await noStrayRuns(world, client);
}

const partly: Story = {
  spec,
  deed: {
    shell: 'test "{{ inventory_hostname }}" != host-b',
    played: (host) =>
      host === 'host-b' ? { lasts: 0.1, outcome: 'failed', hosts: { 'host-b': 'failed' } } : { lasts: 0.1 },
  },
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
  spec,
  deed: {
    shell: 'while test "{{ inventory_hostname }}" = host-b -a ! -e {{ go }}; do sleep 0.1; done',
    played: (host) => (host === 'host-b' ? {} : { lasts: 0.1 }),
  },
  live: async (world) => {
    await untilTask(
      world,
      client,
      (task) => task?.status?.hosts?.some(({ name, result }) => name === 'host-a' && result === 'changed') === true,
    );
    const child = await childOn(world, 'host-a');
    if (child !== undefined) {
      await client.delete(agentTasks, child.metadata);
      const { namespace, name } = { namespace: world.namespace, ...child.metadata };
      await until(client, agentTasks, { namespace, name }, ([left]) => (left === undefined ? true : undefined));
    }
    await world.runs.letGo();
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
  spec,
  deed: { shell: 'sleep 600', played: () => ({}) },
  live: async (world) => {
    await untilTraces(world, hosts);
    await client.delete(agentTasks, { namespace: world.namespace, name: 'task' });
    await untilTask(world, client, (task) => task === undefined);
  },
  check: async (world) => {
    expect(await childrenOf(world, client)).toEqual([]);
    await onceEach(world);
  },
};

describe.each(drivers)(
  'with $name, the controller of a split task dies at each of its steps',
  { timeout: patience(300_000) },
  (driver) => {
    test('and each host sees the task once, also where it fails', async () => {
      const steps = await crashAtEveryStep(agentTaskScenario(client, driver, partly), {
        client,
        ...stepsOf(driver, ['executor.start']),
      });
      expect(steps.filter((step) => step === 'create agenttasks')).toHaveLength(2);
    });
  },
);

describe.each(thoroughDrivers)(
  'with $name, the controller of a split task dies at each of its steps',
  { timeout: patience(300_000) },
  (driver) => {
    test('and children that are deleted by hand are not made again, also on a view of the past', async () => {
      const steps = await crashIntoThePast(agentTaskScenario(client, driver, childDeleted), {
        client,
        // Each of its steps is taken twice, and each world lives long.
        only: nightly ? undefined : ['create agenttasks', 'executor.start', 'delete leases'],
      });
      expect(steps).toContain('create agenttasks');
    });

    test('and a deleted task takes its children along', async () => {
      const steps = await crashAtEveryStep(agentTaskScenario(client, driver, deleted), {
        client,
        ...stepsOf(driver, ['delete agenttasks'], 'delete agenttasks'),
      });
      // A look at a cache that has not caught up asks again, for the same uid.
      expect(steps.filter((step) => step === 'delete agenttasks').length).toBeGreaterThanOrEqual(2);
    });
  },
);

describe.each(thoroughDrivers)(
  'with $name, a controller of a split task sees less, or later, than what happens:',
  { timeout: patience(300_000) },
  (driver) => {
    test.for(variants(['each event'], []))('%s may be lost with what follows it', async () => {
      expect(await dropEveryEvent(agentTaskScenario(client, driver, partly), { client })).toBeGreaterThan(5);
    });

    test.for(variants([50, 400], [400]))('the cache lags %i ms behind', async (milliseconds) => {
      const scenario = agentTaskScenario(client, driver, partly);
      expect(await withLaggingCache(scenario, { client }, milliseconds)).toContain('create agenttasks');
    });
  },
);
