import { expect } from 'vitest';

import { addAgentTask } from '../../../../controllers/agenttask/controller.ts';
import { openClaims } from '../../../../controllers/shared/open-claims.ts';
import { JobRuns } from '../../../../controllers/agenttask/executors/job/executor.ts';
import { runIndexers } from '../../../../controllers/agenttask/executors/job/names.ts';
import type { RunPlace } from '../../../../controllers/agenttask/run/places.ts';
import { Slots } from '../../../../controllers/agenttask/run/slots.ts';
import { runFinalizer, runLabel } from '../../../../crds/labels.ts';
import { agentTasks, type AgentTaskSpec } from '../../../../crds/types/agenttask.ts';
import { configMaps } from '../../../../kube/builtin.ts';
import type { Client } from '../../../../kube/client.ts';
import { systemClock } from '../../../../kube/clock.ts';
import type { PodLogs } from '../../../../kube/podlogs.ts';
import { jobs, pods } from '../../../../kube/workloads.ts';
import { Kubelet } from '../../../harness/agenttask/kubelet.ts';
import { startController } from '../../../harness/controller.ts';
import type { Scenario } from '../../../harness/crash.ts';
import { makePlace, removePlace, type Place } from '../../../harness/place.ts';

/** What one run of the harness has for itself. */
export interface JobWorld extends Place {
  readonly kubelet: Kubelet;
}

export interface JobStory {
  readonly spec?: Partial<AgentTaskSpec>;
  /** Whether pods go on until they are deleted. */
  readonly endless?: boolean;
  /** The user's part: runs once, beside the controller. Resolves when the operation has come to its end. */
  readonly live: (world: JobWorld) => Promise<void>;
  readonly check: (world: JobWorld) => Promise<void>;
}

/** Nobody can read a log here: no verdict may need one. */
const noLogs: PodLogs = { read: () => Promise.reject(new Error('there is no log')) };

// No node takes them: Kubelet plays it.
const settings = { image: 'played', maxOutputBytes: 1_000_000, podTemplate: { spec: { schedulerName: 'nobody' } } };

/** A scenario over the real API server and its Job controller, with played nodes. */
export function jobScenario(client: Client, story: JobStory): Scenario<JobWorld> {
  return {
    async begin() {
      const place = await makePlace(client);
      const { namespace } = place;
      const spec = {
        hosts: ['host-a', 'host-b', 'host-c'],
        content: '- ansible.builtin.ping:',
        job: { shardSize: 2 },
        ...story.spec,
      };
      await client.create(agentTasks, {
        apiVersion: 'fleetwright.io/v1alpha1',
        kind: 'AgentTask',
        metadata: { name: 'task', namespace },
        spec,
      });
      const kubelet = new Kubelet(client, {
        namespace,
        ...(story.endless === undefined ? {} : { endless: story.endless }),
      });
      return { ...place, kubelet };
    },
    start: ({ namespace }, faulty) =>
      startController(faulty, client, ({ manager, events, log }) => {
        const cached = { namespace, labelSelector: runLabel, indexers: runIndexers };
        const [jobCache, podCache] = [manager.cache(jobs, cached), manager.cache(pods, cached)];
        const runs = new JobRuns({
          client: faulty,
          podLogs: noLogs,
          jobs: jobCache.store,
          pods: podCache.store,
          clock: systemClock,
          log,
          settings,
        });
        jobCache.onChange((change) => runs.changed(change));
        podCache.onChange((change) => runs.changed(change));
        const place: RunPlace = { kind: 'job', slots: new Slots(4), of: (task) => runs.of(task), all: runs };
        addAgentTask(manager, {
          client: faulty,
          places: [place],
          events,
          clock: systemClock,
          log,
          claims: openClaims(manager, { client: faulty, namespace }),
          systemNamespace: namespace,
          namespace,
          limits: { maxOutputBytes: 1_000_000 },
        });
        return () => runs.close();
      }),
    finished: (world) => story.live(world),
    check: (world) => story.check(world),
    async end(world) {
      await world.kubelet.stop();
      await removePlace(client, world);
    },
  };
}

/** Nothing waits for the controller any more: no finalizer of ours, and no file of the run. */
export async function nothingHeld({ namespace }: JobWorld, client: Client): Promise<void> {
  const held = async (): Promise<readonly string[]> => {
    const [someJobs, somePods, files] = await Promise.all([
      client.list(jobs, { namespace }),
      client.list(pods, { namespace }),
      client.list(configMaps, { namespace, labelSelector: runLabel }),
    ]);
    return [
      ...[...someJobs.items, ...somePods.items].filter(
        ({ metadata }) => metadata.finalizers?.includes(runFinalizer) === true,
      ),
      ...files.items,
    ].map(({ metadata }) => metadata.name);
  };
  await expect.poll(held, { timeout: 60_000 }).toEqual([]);
}

/** The task's Job and its pods are gone. */
export async function nothingLeft(world: JobWorld, client: Client): Promise<void> {
  const left = async (): Promise<number> => {
    const [someJobs, somePods] = await Promise.all([
      client.list(jobs, { namespace: world.namespace }),
      client.list(pods, { namespace: world.namespace }),
    ]);
    return someJobs.items.length + somePods.items.length;
  };
  await nothingHeld(world, client);
  await expect.poll(left, { timeout: 60_000 }).toBe(0);
}
