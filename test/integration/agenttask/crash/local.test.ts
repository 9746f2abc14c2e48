import { describe, expect, test } from 'vitest';

import { idOf } from '../../../../crds/labels.ts';
import { agentTasks } from '../../../../crds/types/agenttask.ts';
import { crashAtEveryStep, crashIntoThePast, dropEveryEvent, withLaggingCache } from '../../../harness/crash.ts';
import { nightly, patience, variants } from '../../../harness/matrix.ts';
import { clientForFile } from '../../kube/cluster.ts';
import {
  agentTaskScenario,
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
} from './world.ts';

const client = clientForFile();

function raise(message: string): never {
  throw new Error(message);
}

const success: Story = {
  deed: { shell: 'true', played: () => ({ lasts: 0.1 }) },
  live: async (world) => {
    await untilTask(world, client, finished);
  },
  check: async (world) => {
    expect(await world.runs.traces()).toEqual(['host-a']);
    const task = await getTask(world, client);
    expect(task?.status?.phase).toBe('Succeeded');
    expect(task?.status?.attempts).toBe(1);
    expect(task?.status?.hosts?.map(({ name, result }) => `${name} ${result}`)).toEqual(['host-a changed']);
    expect(idOf(task ?? raise('the task is gone'))).toBeGreaterThan(0);
    expect(await logOf(world, client, task)).toEqual(['host-a changed']);
    await noClaims(world, client);
    await noStrayRuns(world, client);
  },
};

const endless = { shell: 'sleep 600', played: () => ({}) };

/** Content that cannot be run, which somebody corrects when that is said. */
const corrected: Story = {
  ...success,
  spec: { content: '- {' },
  live: async (world) => {
    await untilTask(world, client, finished);
    const { content } = world.runs;
    await client.mergePatch(agentTasks, { namespace: world.namespace, name: 'task' }, { spec: { content } });
    await untilTask(world, client, (task) => task?.status?.phase === 'Succeeded');
  },
};

const stopped: Story = {
  deed: endless,
  live: async (world) => {
    await untilTraces(world, ['host-a']);
    await client.mergePatch(agentTasks, { namespace: world.namespace, name: 'task' }, { spec: { stop: true } });
    await untilTask(world, client, finished);
  },
  check: async (world) => {
    expect(await world.runs.traces()).toEqual(['host-a']);
    expect((await getTask(world, client))?.status?.phase).toBe('Stopped');
    await noClaims(world, client);
    await noStrayRuns(world, client);
  },
};

const deleted: Story = {
  deed: endless,
  live: async (world) => {
    await untilTraces(world, ['host-a']);
    await client.delete(agentTasks, { namespace: world.namespace, name: 'task' });
    await untilTask(world, client, (task) => task === undefined);
  },
  check: async (world) => {
    expect(await world.runs.traces()).toEqual(['host-a']);
    await noClaims(world, client);
    await noStrayRuns(world, client);
  },
};

describe.each(drivers)('with $name', { timeout: patience(300_000) }, (driver) => {
  describe('the controller dies at each of its steps, and the next one finishes what it began:', () => {
    test('a run that succeeds is run once', async () => {
      const steps = await crashAtEveryStep(agentTaskScenario(client, driver, success), {
        client,
        ...stepsOf(driver, ['executor.prepare', 'executor.start']),
      });
      const order = steps.filter((step, index) => step !== steps[index - 1]);
      const started = order.indexOf('executor.start') + 1;
      expect(order.slice(0, started)).toEqual([
        'create selfsubjectaccessreviews',
        'create configmaps',
        'create leases',
        'replace configmaps',
        'mergePatch agenttasks',
        'create leases',
        'executor.prepare',
        'mergePatch agenttasks',
        'executor.start',
      ]);
      // A look at a run under way may write its log and its progress, or not: that is a matter of timing.
      expect(order.slice(started)).toContain('create configmaps');
      expect(order.slice(-2)).toEqual(['mergePatch agenttasks', 'delete leases']);
    });

    test('a run that is stopped half-way ends as stopped', async () => {
      const steps = await crashAtEveryStep(agentTaskScenario(client, driver, stopped), {
        client,
        ...stepsOf(driver, ['executor.requestStop'], 'executor.start'),
      });
      expect(steps).toContain('executor.requestStop');
    });

    test('a task that is deleted half-way leaves nothing behind', async () => {
      const steps = await crashAtEveryStep(agentTaskScenario(client, driver, deleted), {
        client,
        ...stepsOf(driver, ['executor.remove'], 'executor.start'),
      });
      expect(steps).toContain('executor.remove');
    });
  });
});

describe.each(thoroughDrivers)(
  'with $name, the controller sees less, or later, than what happens:',
  { timeout: patience(300_000) },
  (driver) => {
    test('when it is restarted and sees the past first it does nothing twice', async () => {
      const steps = await crashIntoThePast(agentTaskScenario(client, driver, success), {
        client,
        only: nightly ? undefined : ['create leases', 'executor.prepare', 'executor.start', 'delete leases'],
      });
      expect(steps).toContain('executor.start');
    });

    test.for(variants([50, 400], [400]))('the cache lags %i ms behind', async (milliseconds) => {
      const scenario = agentTaskScenario(client, driver, success);
      expect(await withLaggingCache(scenario, { client }, milliseconds)).toContain('executor.start');
    });

    test('each event may be lost with what follows it', async () => {
      expect(await dropEveryEvent(agentTaskScenario(client, driver, success), { client })).toBeGreaterThan(3);
    });
  },
);

describe.each(thoroughDrivers)('with $name', { timeout: patience(300_000) }, (driver) => {
  test('a task that is corrected after it was refused is run once, wherever the controller dies', async () => {
    const steps = await crashAtEveryStep(agentTaskScenario(client, driver, corrected), {
      client,
      ...stepsOf(driver, []),
    });
    expect(steps).toContain('executor.start');
  });
});
