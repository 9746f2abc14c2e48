import { describe, expect, test } from 'vitest';

import { agentTasks } from '../../../../crds/types/agenttask.ts';
import { rollingUpgrades } from '../../../../crds/types/rollingupgrade.ts';
import { crashAtEveryStep, crashIntoThePast, withLaggingCache } from '../../../harness/crash.ts';
import { nightly, patience } from '../../../harness/matrix.ts';
import { clientForFile } from '../../kube/cluster.ts';
import { ended, taskBegins, taskEnds, taskFails, untilUpgrade, upgradeScenario, type Story } from './world.ts';

const client = clientForFile();

const success: Story = {
  live: async (world) => {
    await taskEnds(world, client, await taskBegins(world, client));
    await untilUpgrade(world, client, ended);
  },
  check: async (world) => {
    const upgrade = await untilUpgrade(world, client, ended);
    expect(upgrade?.status?.phase).toBe('Succeeded');
    expect(world.cluster.replaced).toEqual(['os-1']);
    expect((await client.list(agentTasks, { namespace: world.namespace })).items).toHaveLength(1);
  },
};

const failure: Story = {
  live: async (world) => {
    await taskFails(client, await taskBegins(world, client));
    await untilUpgrade(world, client, ended);
  },
  check: async (world) => {
    const upgrade = await untilUpgrade(world, client, ended);
    expect(upgrade?.status?.phase).toBe('Failed');
    expect(upgrade?.status?.nodes?.map(({ status }) => status)).toEqual(['failed', 'complete', 'complete']);
    expect(world.cluster.replaced).toEqual(['os-1']);
  },
};

const deleted: Story = {
  live: async (world) => {
    const task = await taskBegins(world, client);
    await client.delete(rollingUpgrades, { namespace: world.namespace, name: 'up' });
    await taskEnds(world, client, task);
    await untilUpgrade(world, client, (upgrade) => upgrade === undefined);
  },
  check: async (world) => {
    expect(world.cluster.replaced).toEqual(['os-1']);
  },
};

const moments = nightly ? {} : ({ moments: ['after'] } as const);

describe('the controller dies at each of its steps, and the next one finishes what it began:', () => {
  test('an upgrade replaces each node once, and puts back what was set', { timeout: patience(300_000) }, async () => {
    const steps = await crashAtEveryStep(upgradeScenario(client, success), { client, ...moments });
    // How often what is safe to repeat is done is a matter of timing: a cache may show a claim that is gone.
    const once = steps
      .filter((step) => step !== 'mergePatch rollingupgrades')
      .filter((step, index, all) => step !== all[index - 1]);
    expect(once).toEqual([
      'create leases',
      'engine.setAllocation',
      'engine.flush',
      'create agenttasks',
      'engine.setAllocation',
      'delete leases',
    ]);
  });

  test('one whose task fails ends, with the setting put back', { timeout: patience(300_000) }, async () => {
    const only = nightly ? undefined : ['engine.setAllocation', 'create agenttasks', 'delete leases'];
    const steps = await crashAtEveryStep(upgradeScenario(client, failure), { client, only, ...moments });
    expect(steps).toContain('create agenttasks');
  });

  test('one that is deleted half-way leaves nothing behind', { timeout: patience(300_000) }, async () => {
    const only = nightly ? undefined : ['engine.flush', 'create agenttasks', 'delete leases'];
    const steps = await crashAtEveryStep(upgradeScenario(client, deleted), { client, only, ...moments });
    expect(steps.filter((step) => step === 'engine.setAllocation')).toHaveLength(2);
  });

  test('one that sees the past first does nothing twice', { timeout: patience(300_000) }, async () => {
    const only = nightly ? undefined : ['create agenttasks', 'engine.setAllocation'];
    const steps = await crashIntoThePast(upgradeScenario(client, success), { client, only });
    expect(steps).toContain('create agenttasks');
  });
});

test('a cache that lags makes no second task', { timeout: patience(300_000) }, async () => {
  const steps = await withLaggingCache(upgradeScenario(client, success), { client }, 400);
  expect(steps.filter((step) => step === 'create agenttasks')).toHaveLength(1);
});
