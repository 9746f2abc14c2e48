import { describe, expect, test } from 'vitest';

import { agentTasks } from '../../../../crds/types/agenttask.ts';
import { namespaces } from '../../../../kube/builtin.ts';
import { jobs } from '../../../../kube/workloads.ts';
import { crashAtEveryStep, crashIntoThePast, withLaggingCache, type HarnessOptions } from '../../../harness/crash.ts';
import { nightly, patience, variants } from '../../../harness/matrix.ts';
import { clientForFile } from '../../kube/cluster.ts';
import { finished, getTask, noClaims, untilTask } from './world.ts';
import { jobScenario, nothingHeld, nothingLeft, type JobStory, type JobWorld } from './jobs-world.ts';

const client = clientForFile();

/** Most of the time the Job controller waits for itself. */
const parallel = 6;
const hosts = ['host-a', 'host-b', 'host-c'];
const ended = async (world: JobWorld): Promise<void> => {
  await untilTask(world, client, finished);
};
const allWorked = (world: JobWorld): Promise<void> =>
  expect.poll(() => world.kubelet.worked.toSorted(), { timeout: 100_000 }).toEqual(hosts);
const results = async (world: JobWorld): Promise<readonly string[] | undefined> =>
  (await getTask(world, client))?.status?.hosts?.map(({ name, result }) => `${name} ${result}`);

const success: JobStory = {
  live: ended,
  check: async (world) => {
    expect(world.kubelet.worked.toSorted()).toEqual(hosts);
    const status = (await getTask(world, client))?.status;
    expect(`${status?.phase} in attempt ${status?.attempts}: ${status?.message}`).toBe(
      'Succeeded in attempt 1: 3 hosts: 3 changed',
    );
    expect(await results(world)).toEqual(['host-a changed', 'host-b changed', 'host-c changed']);
    await noClaims(world, client);
    await nothingHeld(world, client);
  },
};

const stopped: JobStory = {
  endless: true,
  live: async (world) => {
    await allWorked(world);
    await client.mergePatch(agentTasks, { namespace: world.namespace, name: 'task' }, { spec: { stop: true } });
    await ended(world);
  },
  check: async (world) => {
    expect(world.kubelet.worked.toSorted()).toEqual(hosts);
    expect((await getTask(world, client))?.status?.phase).toBe('Stopped');
    await noClaims(world, client);
    await nothingHeld(world, client);
  },
};

const deleted: JobStory = {
  endless: true,
  live: async (world) => {
    await allWorked(world);
    await client.delete(agentTasks, { namespace: world.namespace, name: 'task' });
    await untilTask(world, client, (task) => task === undefined);
  },
  check: async (world) => {
    expect(world.kubelet.worked.toSorted()).toEqual(hosts);
    await noClaims(world, client);
    await nothingLeft(world, client);
  },
};

const jobDeleted: JobStory = {
  endless: true,
  live: async (world) => {
    await allWorked(world);
    const [job] = (await client.list(jobs, { namespace: world.namespace })).items;
    if (job !== undefined) await client.delete(jobs, job.metadata, { propagationPolicy: 'Background' });
    await ended(world);
  },
  check: async (world) => {
    expect(world.kubelet.worked.toSorted()).toEqual(hosts);
    const ready = (await getTask(world, client))?.status?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready?.reason).toBe('JobDeleted');
    await noClaims(world, client);
    await nothingHeld(world, client);
  },
};

/** Kubernetes deletes the pods of a namespace first, and waits for them before it deletes anything else. */
const namespaceDeleted: JobStory = {
  endless: true,
  live: async (world) => {
    await allWorked(world);
    await client.delete(namespaces, { name: world.namespace });
    const there = async (): Promise<number> =>
      (await client.list(namespaces, { fieldSelector: `metadata.name=${world.namespace}` })).items.length;
    await expect.poll(there, { timeout: 110_000, interval: 500 }).toBe(0);
  },
  check: async (world) => {
    expect(world.kubelet.worked.toSorted()).toEqual(hosts);
  },
};

/**
 * A world takes as long as the Job controller waits for itself; by day they die only where a Job is touched, and once
 * there.
 */
function dying(...chosen: readonly string[]): Omit<HarnessOptions, 'client'> {
  return { parallel, ...(nightly ? {} : { moments: ['after'], only: chosen }) };
}

describe(
  'the controller of a task in Jobs dies at each of its steps, and the next one finishes what it began',
  { timeout: patience(300_000) },
  () => {
    test('a run that succeeds is run once', async () => {
      const moments: Omit<HarnessOptions, 'client'> = { parallel, ...(nightly ? {} : { moments: ['after'] }) };
      const steps = await crashAtEveryStep(jobScenario(client, success), { client, ...moments });
      // That it is started once is what each world checks: a look at a cache without the Job asks for it again.
      expect(steps).toContain('create jobs');
    });

    test('a run that is stopped half-way ends as stopped', async () => {
      const steps = await crashAtEveryStep(jobScenario(client, stopped), { client, ...dying('mergePatch jobs') });
      expect(steps).toContain('mergePatch jobs');
    });

    test('a task that is deleted half-way leaves nothing behind', async () => {
      const steps = await crashAtEveryStep(jobScenario(client, deleted), { client, ...dying('delete jobs') });
      expect(steps).toContain('delete jobs');
    });

    test('a Job that somebody deletes ends the task, and is not made again', async () => {
      const steps = await crashAtEveryStep(jobScenario(client, jobDeleted), { client, ...dying('create jobs') });
      expect(steps).toContain('create jobs');
    });

    test('a namespace that is deleted with a run under way goes', async () => {
      const steps = await withLaggingCache(jobScenario(client, namespaceDeleted), { client, parallel }, 10);
      expect(steps).toContain('create jobs');
    });

    test('a restarted controller that sees the past first does nothing twice', async () => {
      const steps = await crashIntoThePast(jobScenario(client, success), { client, ...dying('create jobs') });
      expect(steps).toContain('create jobs');
    });

    test.for(variants([50, 400], [400]))('the cache lags %i ms behind', async (milliseconds) => {
      const steps = await withLaggingCache(jobScenario(client, success), { client, parallel }, milliseconds);
      expect(steps).toContain('create jobs');
    });
  },
);
