import { describe, expect, test } from 'vitest';

import { upgradeFiguresOf, type UpgradeStanding } from '../../../../controllers/rollingupgrade/figures.ts';
import { addUpgradeMetrics } from '../../../../controllers/rollingupgrade/metrics.ts';
import type {
  RollingUpgrade,
  RollingUpgradeCurrent,
  RollingUpgradeNode,
  RollingUpgradeSpec,
  RollingUpgradeStatus,
} from '../../../../crds/types/rollingupgrade.ts';
import { RuntimeMetrics } from '../../../../kube/metrics.ts';
import type { ObjectMeta } from '../../../../kube/objects.ts';
import { rollingUpgrade } from '../../../harness/rollingupgrade/objects.ts';
import { World } from '../../../harness/rollingupgrade/world.ts';

const now = new Date('2026-11-21T12:10:00Z');
const startTime = '2026-11-21T12:00:00Z';
const stalled = [
  { type: 'Stalled', status: 'True', reason: 'OnlyCopy', message: '', lastTransitionTime: startTime },
] as const;

function upgrade(
  name: string,
  status: RollingUpgradeStatus,
  spec: Partial<RollingUpgradeSpec> = {},
  metadata: Partial<ObjectMeta> = {},
): RollingUpgrade {
  const object = rollingUpgrade(name, ['os-1', 'os-2'], { serviceGroupInstanceNo: '1', ...spec });
  return { ...object, metadata: { ...object.metadata, uid: name, creationTimestamp: startTime, ...metadata }, status };
}

function node(name: string, status: RollingUpgradeNode['status'], updatedDate = startTime): RollingUpgradeNode {
  return { name, host: name, role: 'M', version: '2.7.0', status, updatedDate };
}

/** An upgrade whose node os-1 is at this step since a minute after the start. */
function at(step: RollingUpgradeCurrent['step'], more: RollingUpgradeStatus = {}): RollingUpgradeStatus {
  const current = { node: 'os-1', step, since: '2026-11-21T12:01:00Z' };
  const nodes = [node('os-1', 'Upgrade_OpenSearch'), node('os-2', 'running')];
  return { phase: 'Running', startTime, current, nodes, allocation: {}, ...more };
}

const ending = { phase: 'Failed', reason: 'TaskFailed', message: '' } as const;

describe('of RollingUpgrades is told', () => {
  test.each<[string, RollingUpgrade, readonly [UpgradeStanding, number][]]>([
    ['one that was just made', upgrade('up', {}), [['pending', 1]]],
    ['one that rolls', upgrade('up', at('Replacing')), [['under_way', 1]]],
    ['one that somebody has to help', upgrade('up', at('Settling', { conditions: stalled })), [['stalled', 1]]],
    ['one that is paused', upgrade('up', { phase: 'Running' }, { paused: true }), [['paused', 1]]],
    ['one that is paused while a node is away', upgrade('up', at('Returning'), { paused: true }), [['under_way', 1]]],
    ['a dry run, whatever it finds', upgrade('up', { conditions: stalled }, { dryRun: true }), []],
    ['one that has ended', upgrade('up', { phase: 'Failed', conditions: stalled }), []],
  ])('%s', (_, one, standings) => {
    expect([...upgradeFiguresOf([one], now).standings]).toEqual(standings);
  });

  test.each<[string, number, RollingUpgrade]>([
    ['a node does not come back', 480, upgrade('up', at('Returning'), { healthTimeoutSeconds: 60 })],
    ['shards do not settle within the time', 0, upgrade('up', at('Settling'))],
    ['the task of a node takes long, which has a limit of its own', 0, upgrade('up', at('Replacing'))],
    ['a node has to show that it runs', 0, upgrade('up', at('Baking'), { healthTimeoutSeconds: 60 })],
    [
      'a person is waited for',
      0,
      upgrade(
        'up',
        { phase: 'Running', startTime, waiting: { node: 'os-2', point: 'EachNode', since: startTime } },
        { healthTimeoutSeconds: 60 },
      ),
    ],
    [
      'a snapshot is taken first',
      0,
      upgrade('up', { phase: 'Running', startTime, snapshotTaken: { name: 's' } }, { healthTimeoutSeconds: 60 }),
    ],
    [
      'the next node cannot begin',
      540,
      upgrade('up', { phase: 'Running', startTime, nodes: [node('os-1', 'running')] }, { healthTimeoutSeconds: 60 }),
    ],
    ['it is paused', 0, upgrade('up', { phase: 'Running', startTime }, { healthTimeoutSeconds: 60, paused: true })],
    ['it waits for its turn', 0, upgrade('up', { phase: 'Pending' }, { healthTimeoutSeconds: 60 })],
  ])('for how long it has waited beyond its time when %s: %i s', (_, seconds, one) => {
    expect(upgradeFiguresOf([one], now).overdue).toBe(seconds);
  });

  test.each<[string, number, RollingUpgrade]>([
    ['while a node is replaced it is to be so', 0, upgrade('up', at('Replacing'))],
    ['while a node comes back as well', 0, upgrade('up', at('Returning'))],
    ['afterwards it is to be put back', 540, upgrade('up', at('Restoring'))],
    [
      'when the upgrade ends too, from the moment at which its node failed',
      300,
      upgrade('up', at('Replacing', { ending, nodes: [node('os-1', 'failed', '2026-11-21T12:05:00Z')] })),
    ],
    ['when it is deleted too', 120, upgrade('up', at('Replacing'), {}, { deletionTimestamp: '2026-11-21T12:08:00Z' })],
    ['where nothing is set there is nothing to put back', 0, upgrade('up', { phase: 'Running', startTime })],
  ])('for how long the setting has been left: %s', (_, seconds, one) => {
    expect(upgradeFiguresOf([one], now).held).toBe(seconds);
  });

  const mixed = [node('os-1', 'complete'), node('os-2', 'running')];
  test.each<[string, number, readonly RollingUpgrade[]]>([
    ['one that was stopped between two nodes leaves one', 1, [upgrade('up', { phase: 'Stopped', nodes: mixed })]],
    [
      'one that was stopped before the first node leaves none',
      0,
      [upgrade('up', { phase: 'Stopped', nodes: [node('os-1', 'running'), node('os-2', 'running')] })],
    ],
    [
      'one whose first node failed leaves one',
      1,
      [upgrade('up', { phase: 'Failed', nodes: [node('os-1', 'failed')] })],
    ],
    ['one that rolls leaves none yet', 0, [upgrade('up', { phase: 'Running', nodes: mixed })]],
    [
      'a later one that goes on with what remains takes it away, in whatever order they are listed',
      0,
      [
        upgrade('next', { phase: 'Running', nodes: mixed }, {}, { creationTimestamp: '2026-11-21T12:09:00Z' }),
        upgrade('up', { phase: 'Stopped', nodes: mixed }),
      ],
    ],
    [
      'each cluster counts for itself',
      2,
      [
        upgrade('up', { phase: 'Stopped', nodes: mixed }),
        upgrade('other', { phase: 'Stopped', nodes: mixed }, { serviceGroupInstanceNo: '2' }),
      ],
    ],
  ])('how many clusters have both versions: %s', (_, clusters, upgrades) => {
    expect(upgradeFiguresOf(upgrades, now).unfinished).toBe(clusters);
  });
});

test('the metrics have a series for each word, and are as they are when they are read', async () => {
  const { registry } = new RuntimeMetrics();
  let upgrades = [upgrade('up', at('Restoring'), { healthTimeoutSeconds: 60 })];
  const counts = addUpgradeMetrics(registry, () => upgradeFiguresOf(upgrades, now));
  const lines = async (): Promise<readonly string[]> =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith('fleetwright_rollingupgrade'));
  expect(await lines()).toEqual([
    'fleetwright_rollingupgrades{standing="pending"} 0',
    'fleetwright_rollingupgrades{standing="under_way"} 1',
    'fleetwright_rollingupgrades{standing="paused"} 0',
    'fleetwright_rollingupgrades{standing="stalled"} 0',
    'fleetwright_rollingupgrade_overdue_seconds 480',
    'fleetwright_rollingupgrade_setting_seconds 540',
    'fleetwright_rollingupgrade_clusters_unfinished 0',
    'fleetwright_rollingupgrade_settings_left_total 0',
  ]);
  upgrades = [];
  counts.settingLeft();
  expect(await lines()).toEqual([
    'fleetwright_rollingupgrades{standing="pending"} 0',
    'fleetwright_rollingupgrades{standing="under_way"} 0',
    'fleetwright_rollingupgrades{standing="paused"} 0',
    'fleetwright_rollingupgrades{standing="stalled"} 0',
    'fleetwright_rollingupgrade_overdue_seconds 0',
    'fleetwright_rollingupgrade_setting_seconds 0',
    'fleetwright_rollingupgrade_clusters_unfinished 0',
    'fleetwright_rollingupgrade_settings_left_total 1',
  ]);
});

test('an upgrade that goes without having put its setting back is counted', async () => {
  const names = ['os-1', 'os-2', 'os-3'];
  await using world = new World({ nodes: names.map((name) => ({ name })) });
  world.applies(0, rollingUpgrade('up', names, { healthTimeoutSeconds: 60 }));
  world.happens(9, 'cannot be reached any more', (cluster) => (cluster.reachable = false));
  world.deletes(10, 'up');
  await world.play(() => world.upgrade('up') === undefined);
  expect(await world.registry?.metrics()).toContain('fleetwright_rollingupgrade_settings_left_total 1');
});
