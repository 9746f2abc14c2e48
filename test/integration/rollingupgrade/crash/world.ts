import { expect } from 'vitest';

import { addRollingUpgrade } from '../../../../controllers/rollingupgrade/controller.ts';
import { claimLabel } from '../../../../controllers/shared/hostclaims.ts';
import { openClaims } from '../../../../controllers/shared/open-claims.ts';
import { agentJobs } from '../../../../crds/types/agentjob.ts';
import { agentTasks, type AgentTask, type AgentTaskStatus } from '../../../../crds/types/agenttask.ts';
import { rollingUpgrades, type RollingUpgrade } from '../../../../crds/types/rollingupgrade.ts';
import { leases } from '../../../../kube/builtin.ts';
import type { Client } from '../../../../kube/client.ts';
import { systemClock } from '../../../../kube/clock.ts';
import { startController } from '../../../harness/controller.ts';
import type { Scenario } from '../../../harness/crash.ts';
import { makePlace, removePlace, type Place } from '../../../harness/place.ts';
import { PlayedSearchCluster } from '../../../harness/rollingupgrade/search-cluster.ts';
import { until } from '../../../harness/wait.ts';
import { jobOf, upgradeOf } from '../objects.ts';

/** What one run of the harness has for itself: a search cluster of which one node is old. */
export interface UpgradeWorld extends Place {
  readonly cluster: PlayedSearchCluster;
}

export interface Story {
  /** The user's part, beside the controller. Resolves when the operation has come to its end. */
  readonly live: (world: UpgradeWorld, client: Client) => Promise<void>;
  readonly check: (world: UpgradeWorld, client: Client) => Promise<void>;
}

/** One node is enough: the next would take the same steps. */
const nodes = [{ name: 'os-1' }, { name: 'os-2', version: '2.9.0' }, { name: 'os-3', version: '2.9.0' }];

export function upgradeScenario(client: Client, story: Story): Scenario<UpgradeWorld> {
  return {
    async begin() {
      const place = await makePlace(client);
      const { namespace } = place;
      const cluster = new PlayedSearchCluster(nodes);
      cluster.manager = 'os-2';
      cluster.persistent = 'all';
      const names = nodes.map(({ name }) => name);
      await client.create(agentJobs, jobOf(namespace, '- ansible.builtin.ping:\n'));
      await client.create(rollingUpgrades, upgradeOf({ name: 'up', namespace }, names, ['http://search:9200']));
      return { ...place, cluster };
    },
    start: ({ namespace, cluster }, faulty, steps) =>
      startController(faulty, client, ({ manager, events }) => {
        const looks = ['look', 'indices', 'survey', 'copies', 'snapshotState', 'runningSnapshots', 'explain'] as const;
        const engine = steps.driver(cluster.engine(), 'engine', ['setAllocation', 'takeSnapshot', 'flush'], looks);
        addRollingUpgrade(manager, {
          client: faulty,
          engines: { of: async () => engine, forget: () => undefined },
          events,
          clock: systemClock,
          claims: openClaims(manager, { client: faulty, namespace }),
          namespace,
        });
      }),
    finished: (world) => story.live(world, client),
    check: async (world) => {
      expect(world.cluster.broken).toEqual([]);
      expect(world.cluster.persistent, 'the setting is as it was').toBe('all');
      await until(client, leases, { namespace: world.namespace }, (all) =>
        all.some(({ metadata }) => metadata.labels?.[claimLabel] !== undefined) ? undefined : true,
      );
      await story.check(world, client);
    },
    end: (world) => removePlace(client, world),
  };
}

/** Waits for the task of the node and lets it begin: its node goes away. */
export async function taskBegins({ namespace, cluster }: UpgradeWorld, client: Client): Promise<AgentTask> {
  const task = await until(client, agentTasks, { namespace }, ([one]) => one);
  await say(client, task, { phase: 'Running', startTime: '2026-01-01T00:00:00Z' });
  cluster.replaced.push(nodeOf(task));
  cluster.leaves(nodeOf(task));
  return task;
}

/** Its node is back, and the task ends. */
export async function taskEnds({ cluster }: UpgradeWorld, client: Client, task: AgentTask): Promise<void> {
  cluster.comesBack(nodeOf(task), '2.9.0');
  await say(client, task, { phase: 'Succeeded', hosts: [{ name: nodeOf(task), result: 'changed' }] });
}

export async function taskFails(client: Client, task: AgentTask): Promise<void> {
  await say(client, task, { phase: 'Failed', hosts: [{ name: nodeOf(task), result: 'failed' }] });
}

export async function untilUpgrade(
  { namespace }: UpgradeWorld,
  client: Client,
  predicate: (upgrade: RollingUpgrade | undefined) => boolean,
): Promise<RollingUpgrade | undefined> {
  const { upgrade } = await until(client, rollingUpgrades, { namespace, name: 'up' }, ([one]) =>
    predicate(one) ? { upgrade: one } : undefined,
  );
  return upgrade;
}

export const ended = (upgrade: RollingUpgrade | undefined): boolean => upgrade?.status?.completionTime !== undefined;

function nodeOf({ spec }: AgentTask): string {
  return String(spec.variables?.['opensearch_node']);
}

async function say(client: Client, { metadata }: AgentTask, status: AgentTaskStatus): Promise<void> {
  await client.mergePatch(agentTasks, metadata, { status }, { subresource: 'status' });
}
