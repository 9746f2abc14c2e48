import { describe, expect, test } from 'vitest';

import { idOf } from '../../../crds/labels.ts';
import { agentTasks } from '../../../crds/types/agenttask.ts';
import { crashAtEveryStep, crashIntoThePast, dropEveryEvent, withLaggingCache } from '../../harness/crash.ts';
import { clientForFile } from '../kube/cluster.ts';
import {
  agentTaskScenario,
  finished,
  getTask,
  logOf,
  noClaims,
  noStrayRuns,
  tracesOf,
  tracing,
  untilTask,
  type Story,
} from './agenttask-world.ts';

const client = clientForFile();

function raise(message: string): never {
  throw new Error(message);
}

const success: Story = {
  spec: (world) => ({ content: tracing(world) }),
  live: async (world) => {
    await untilTask(world, client, finished);
  },
  check: async (world) => {
    expect(await tracesOf(world)).toEqual(['host-a']);
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

const stopped: Story = {
  spec: (world) => ({ content: tracing(world, 'sleep 120') }),
  live: async (world) => {
    await expect.poll(() => tracesOf(world), { timeout: 100_000 }).toEqual(['host-a']);
    await client.mergePatch(agentTasks, { namespace: world.namespace, name: 'task' }, { spec: { stop: true } });
    await untilTask(world, client, finished);
  },
  check: async (world) => {
    expect(await tracesOf(world)).toEqual(['host-a']);
    expect((await getTask(world, client))?.status?.phase).toBe('Stopped');
    await noClaims(world, client);
    await noStrayRuns(world, client);
  },
};

const deleted: Story = {
  spec: (world) => ({ content: tracing(world, 'sleep 120') }),
  live: async (world) => {
    await expect.poll(() => tracesOf(world), { timeout: 100_000 }).toEqual(['host-a']);
    await client.delete(agentTasks, { namespace: world.namespace, name: 'task' });
    await untilTask(world, client, (task) => task === undefined);
  },
  check: async (world) => {
    expect(await tracesOf(world)).toEqual(['host-a']);
    await noClaims(world, client);
    await noStrayRuns(world, client);
  },
};

describe(
  'the controller dies at each of its steps, and the next one finishes what it began',
  { timeout: 900_000 },
  () => {
    test('a run that succeeds is run once', async () => {
      const steps = await crashAtEveryStep(agentTaskScenario(client, success), { client });
      // A look at a run under way may write its progress, or not: that is a matter of timing.
      expect(steps.filter((step, index) => step !== steps[index - 1])).toEqual([
        'create configmaps',
        'replace configmaps',
        'mergePatch agenttasks',
        'create leases',
        'executor.prepare',
        'mergePatch agenttasks',
        'executor.start',
        'create configmaps',
        'mergePatch agenttasks',
        'delete leases',
      ]);
    });

    test('a run that is stopped half-way ends as stopped', async () => {
      const steps = await crashAtEveryStep(agentTaskScenario(client, stopped), { client });
      expect(steps).toContain('executor.requestStop');
    });

    test('a task that is deleted half-way leaves nothing behind', async () => {
      const steps = await crashAtEveryStep(agentTaskScenario(client, deleted), { client });
      expect(steps).toContain('executor.remove');
    });

    test('a restarted controller that sees the past first does nothing twice', async () => {
      expect(await crashIntoThePast(agentTaskScenario(client, success), { client })).toContain('executor.start');
    });
  },
);

describe('the controller sees less, or later, than what happens', { timeout: 900_000 }, () => {
  test('each event may be lost with what follows it', async () => {
    expect(await dropEveryEvent(agentTaskScenario(client, success), { client })).toBeGreaterThan(3);
  });

  test.for([50, 400])('the cache lags %i ms behind', async (milliseconds) => {
    expect(await withLaggingCache(agentTaskScenario(client, success), { client }, milliseconds)).toContain(
      'executor.start',
    );
  });
});
