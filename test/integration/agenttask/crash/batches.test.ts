import { describe, expect, test } from 'vitest';

import { agentTasks } from '../../../../crds/types/agenttask.ts';
import { deployGroups } from '../../../../crds/types/deploygroup.ts';
import { crashAtEveryStep, withLaggingCache } from '../../../harness/crash.ts';
import { nightly, patience, variants } from '../../../harness/matrix.ts';
import { until } from '../../../harness/wait.ts';
import { clientForFile } from '../../kube/cluster.ts';
import {
  agentTaskScenario,
  childrenOf,
  drivers,
  finished,
  getTask,
  noClaims,
  noStrayRuns,
  untilTask,
  untilTraces,
  type Story,
  type TaskWorld,
} from './world.ts';

const client = clientForFile();

const hosts = ['host-a', 'host-b', 'host-c'];
const group = hosts.map((host) => [host]);
/** By day those by which something begins: each of the others is what the unit tests' controllers die after. */
const begins = ['mergePatch deploygroups', 'create leases', 'create agenttasks', 'executor.start'];
const moments = { only: nightly ? undefined : begins, ...(nightly ? {} : { moments: ['after'] as const }) };

/** Every host saw the task once, in the order of the batches, whatever happened. */
async function onceEach(world: TaskWorld, ran: readonly string[]): Promise<void> {
  expect(await world.runs.traces()).toEqual(ran);
  await noClaims(world, client);
  await noStrayRuns(world, client);
}

/** Somebody answers what the task asks. */
async function answers(
  world: TaskWorld,
  answer: { readonly batch: number; readonly [field: string]: unknown },
): Promise<void> {
  const key = { namespace: world.namespace, name: 'task' };
  const { revision } = (await client.get(agentTasks, key)).status?.waiting ?? {};
  await client.mergePatch(agentTasks, key, { spec: { confirm: { ...answer, revision, user: 'alice' } } });
}

/** The second batch fails, and the third one begins when somebody has said so. */
const confirmed: Story = {
  group,
  deed: {
    shell: 'test "{{ inventory_hostname }}" != host-b',
    played: (host) =>
      host === 'host-b' ? { lasts: 0.1, outcome: 'failed', hosts: { 'host-b': 'failed' } } : { lasts: 0.1 },
  },
  live: async (world) => {
    await untilTask(world, client, (task) => task?.status?.batches?.[1]?.confirm === 'WaitConfirm');
    expect(await world.runs.traces()).toEqual(['host-a', 'host-b']);
    await answers(world, { batch: 3 });
    await untilTask(world, client, finished);
  },
  check: async (world) => {
    await onceEach(world, hosts);
    const { phase, batches } = (await getTask(world, client))?.status ?? {};
    expect(phase).toBe('PartlySucceeded');
    expect(batches?.map((batch) => [batch.phase, batch.confirm])).toEqual([
      ['Succeeded', undefined],
      ['Failed', 'Confirmed'],
      ['Succeeded', undefined],
    ]);
    expect((await childrenOf(world, client)).map(({ status }) => status?.attempts)).toEqual([1, 1, 1]);
  },
};

/** The second batch fails, is tried again, fails again, and is set aside: the third one begins by itself. */
const triedAgain: Story = {
  group,
  deed: confirmed.deed,
  live: async (world) => {
    const asks = async (answered: number): Promise<void> => {
      await untilTask(world, client, (task) => {
        const { waiting, decisions = [] } = task?.status ?? {};
        return waiting?.batch === 3 && decisions.length === answered;
      });
    };
    await asks(0);
    await answers(world, { batch: 3, action: 'Retry', hosts: ['host-b'] });
    await asks(1);
    expect(await world.runs.traces()).toEqual(['host-a', 'host-b', 'host-b']);
    await answers(world, { batch: 3, action: 'Skip', hosts: ['host-b'] });
    await untilTask(world, client, finished);
  },
  check: async (world) => {
    await onceEach(world, ['host-a', 'host-b', 'host-b', 'host-c']);
    const { phase, batches, decisions } = (await getTask(world, client))?.status ?? {};
    expect(phase).toBe('PartlySucceeded');
    expect(decisions?.map(({ action, user }) => `${user} ${action}`)).toEqual(['alice Retry', 'alice Skip']);
    expect(batches?.[1]).toMatchObject({ attempt: 2, retried: ['host-b'], skipped: ['host-b'] });
    expect((await childrenOf(world, client)).map(({ status }) => status?.attempts)).toEqual([1, 1, 1, 1]);
  },
};

const deleted: Story = {
  group,
  deed: {
    shell: 'test "{{ inventory_hostname }}" != host-b || sleep 600',
    played: (host) => (host === 'host-b' ? {} : { lasts: 0.1 }),
  },
  live: async (world) => {
    await untilTraces(world, ['host-a', 'host-b']);
    await client.delete(agentTasks, { namespace: world.namespace, name: 'task' });
    await untilTask(world, client, (task) => task === undefined);
  },
  check: async (world) => {
    expect(await childrenOf(world, client)).toEqual([]);
    await onceEach(world, ['host-a', 'host-b']);
  },
};

/** Stopped in its second batch, of a group that is gone by then, and taken back: the last batch that began first. */
const takenBack: Story = {
  group,
  spec: { rollout: { bakeSeconds: 1 } },
  deed: {
    shell: 'test "{{ inventory_hostname }}" != host-b || until test -e {{ go }}; do sleep 0.2; done',
    played: (host) => (host === 'host-b' ? {} : { lasts: 0.1 }),
  },
  live: async (world) => {
    const { namespace } = world;
    await untilTraces(world, ['host-a', 'host-b']);
    await client.delete(deployGroups, { namespace, name: 'group' });
    await client.mergePatch(agentTasks, { namespace, name: 'task' }, { spec: { stop: true } });
    await untilTask(world, client, finished);
    await world.runs.letGo();
    await client.create(agentTasks, {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'AgentTask',
      metadata: { namespace, name: 'back' },
      spec: { groupRef: { name: 'group' }, rollbackOf: { name: 'task' }, content: world.runs.content },
    });
    await until(client, agentTasks, { namespace, name: 'back' }, ([back]) => (finished(back) ? true : undefined));
  },
  check: async (world) => {
    await onceEach(world, ['host-a', 'host-b', 'host-b', 'host-a']);
    expect((await getTask(world, client))?.status).toMatchObject({ phase: 'Stopped', summary: { notRun: 2 } });
    const back = await client.get(agentTasks, { namespace: world.namespace, name: 'back' });
    expect(back.status?.phase).toBe('Succeeded');
    expect(back.status?.batches?.map(({ hosts: of }) => of)).toEqual([['host-b'], ['host-a']]);
  },
};

describe.each(variants(drivers, drivers.slice(0, 1)))('with $name', { timeout: patience(300_000) }, (driver) => {
  describe('the controller of a task on a group dies at each of its steps', () => {
    test('and each batch runs once, in order, and after one that failed none unasked', async () => {
      const steps = await crashAtEveryStep(agentTaskScenario(client, driver, confirmed), { client, ...moments });
      expect(steps.filter((step) => step === 'create agenttasks')).toHaveLength(3);
    });

    test('and a batch is tried again once for each time that somebody asks for it', async () => {
      const only = nightly ? undefined : ['create agenttasks'];
      const steps = await crashAtEveryStep(agentTaskScenario(client, driver, triedAgain), { client, ...moments, only });
      expect(steps.filter((step) => step === 'create agenttasks')).toHaveLength(4);
    });

    test('and one that is deleted half-way leaves nothing behind', async () => {
      const only = nightly ? undefined : ['delete agenttasks', 'delete leases'];
      const steps = await crashAtEveryStep(agentTaskScenario(client, driver, deleted), { client, ...moments, only });
      expect(steps).toContain('delete agenttasks');
    });

    test('and one that is stopped, and taken back when its group is gone, is taken back once, in reverse', async () => {
      const only = nightly ? undefined : ['create agenttasks', 'executor.requestStop'];
      const steps = await crashAtEveryStep(agentTaskScenario(client, driver, takenBack), { client, ...moments, only });
      expect(steps.filter((step) => step === 'create agenttasks')).toHaveLength(4);
    });
  });

  test.for(variants([50, 400], [400]))('a cache that lags %i ms behind makes no batch begin twice', async (lag) => {
    const steps = await withLaggingCache(agentTaskScenario(client, driver, confirmed), { client }, lag);
    expect(steps.filter((step) => step === 'create agenttasks')).toHaveLength(3);
  });
});
