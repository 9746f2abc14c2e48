import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { agentJobs } from '../../../crds/types/agentjob.ts';
import { agentTasks } from '../../../crds/types/agenttask.ts';
import { rollingUpgrades, type RollingUpgrade } from '../../../crds/types/rollingupgrade.ts';
import { amount, patience } from '../../harness/matrix.ts';
import { until } from '../../harness/wait.ts';
import { Random } from '../../harness/world/random.ts';
import { openSearchAvailable } from '../../opensearch/available.ts';
import { OpenSearchCluster } from '../../opensearch/cluster.ts';
import { replacingContent } from '../../opensearch/job.ts';
import { Load } from '../../opensearch/load.ts';
import { Site } from '../agenttask/site.ts';
import { clientForFile } from '../kube/cluster.ts';
import { jobOf, upgradeOf } from './objects.ts';
import { killAtRandom } from '../stack/kills.ts';
import { Outside } from './outside.ts';

const available = await openSearchAvailable();
const skipNote = available.ok ? '' : ` (skipped: ${available.reason})`;
const client = clientForFile();
const kills = amount(2, 10);
const names = ['os-1', 'os-2', 'os-3'];

describe.skipIf(!available.ok)(`OpenSearch 2.7.0 is rolled to 2.9.0${skipNote}`, () => {
  let site: Site;
  let cluster: OpenSearchCluster;
  beforeAll(async () => {
    const nodes = names.map((name) => ({ name, roles: ['cluster_manager', 'data'] }));
    [site, cluster] = await Promise.all([
      Site.open({ leaseSeconds: 10 }),
      OpenSearchCluster.start('search', nodes, ['2.7.0', '2.9.0'], (line) => console.log(line)),
    ]);
    await site.controllers.start();
  }, patience(400_000));
  afterAll(async () => {
    await client.delete(rollingUpgrades, { namespace: site.namespace, name: 'up' }).catch(() => undefined);
    await until(client, rollingUpgrades, { namespace: site.namespace }, (all) => (all.length === 0 ? true : undefined));
    await Promise.all([site.close(), cluster.stop()]);
  }, 200_000);

  test(
    `no acknowledged document is lost and no search is partial, though controllers are killed ${kills} times`,
    async () => {
      const { namespace } = site;
      const outside = new Outside(cluster);
      await outside.makeIndex('docs', 2);
      await cluster.addRepository('nightly');
      const load = new Load(cluster.urls, 'docs');
      load.start();
      outside.start();
      await client.create(agentJobs, jobOf(namespace, replacingContent(cluster.folder)));
      await client.create(
        rollingUpgrades,
        upgradeOf({ name: 'up', namespace }, names, cluster.urls, { snapshot: { repository: 'nightly', take: true } }),
      );

      const killed = await killAtRandom({
        controllers: site.controllers,
        count: kills,
        random: new Random(20_261_127),
        apart: 20_000,
        standing: async () => {
          const upgrade = await current();
          if (hasEnded(upgrade)) return 'over';
          return upgrade.status?.current === undefined ? 'ahead' : 'under way';
        },
        patience: 200_000,
      });
      expect(killed).toBe(kills);
      await expect
        .poll(async () => hasEnded(await current()), { timeout: patience(500_000), interval: 500 })
        .toBe(true);
      const ended = await current();
      const seen = await outside.stop();
      const { acknowledged, searches, retried, partial } = await load.stop();
      console.log(
        `${acknowledged.length} documents written, ${searches} searches, ${retried} calls retried; ` +
          `nodes in order: ${seen.order.join(', ')}`,
      );

      expect(ended.status?.message).toBe('3 of 3 nodes have 2.9.0');
      expect(ended.status?.nodes?.map(({ status, version }) => `${status} ${version}`)).toEqual(
        names.map(() => 'complete 2.9.0'),
      );
      expect(ended.status?.snapshotTaken?.completionTime, 'the snapshot before the first node').toBeDefined();
      expect(partial).toEqual([]);
      expect(searches).toBeGreaterThan(50);
      expect(acknowledged.length).toBeGreaterThan(50);
      expect(await outside.missing('docs', acknowledged)).toEqual([]);
      expect(await outside.settings()).toEqual({ persistent: {}, transient: {} });
      expect(seen.order.toSorted()).toEqual(names);
      expect(seen.managersAtTurn.at(-1), 'the manager when the last node had its turn').toBe(seen.order.at(-1));
      expect(seen.mostAway).toBe(1);
      const tasks = await client.list(agentTasks, { namespace });
      expect(tasks.items.map(({ spec, status }) => `${spec.hosts?.[0]} ${status?.phase}`).toSorted()).toEqual(
        names.map((name) => `${name} Succeeded`),
      );
      await expect.poll(() => site.claims()).toEqual([]);
    },
    patience(600_000),
  );

  async function current(): Promise<RollingUpgrade> {
    return client.get(rollingUpgrades, { namespace: site.namespace, name: 'up' });
  }
});

function hasEnded({ status }: RollingUpgrade): boolean {
  return status?.completionTime !== undefined;
}
