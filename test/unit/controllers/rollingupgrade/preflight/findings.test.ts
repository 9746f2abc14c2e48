import { expect, test } from 'vitest';

import type { Preflight } from '../../../../../controllers/rollingupgrade/preflight/finding.ts';
import { findingsOf } from '../../../../../controllers/rollingupgrade/preflight/findings.ts';
import type { RollingUpgradeSpec } from '../../../../../crds/types/rollingupgrade.ts';
import { rollingUpgrade } from '../../../../harness/rollingupgrade/objects.ts';
import { engineNode, index, look, survey } from '../looks.ts';

type Case = readonly [
  sentence: string,
  preflight: Partial<Preflight>,
  found: readonly string[],
  spec?: Partial<RollingUpgradeSpec> | undefined,
];

const three = ['os-1', 'os-2', 'os-3'];
const managers = three.map((name) => engineNode(name, { roles: ['master'] }));

const now = new Date('2026-01-01T12:00:00Z');
const snapshotAt = (time: string): Partial<Preflight> => ({
  survey: survey({ snapshots: { latest: { name: 'nightly', ended: new Date(time) } } }),
});
const sixHours = { snapshot: { repository: 'backup', requireWithinSeconds: 21_600 } };
const disks = (available: number, lowWatermark: string | undefined): Partial<Preflight> => ({
  survey: survey({ disks: [{ node: 'os-1', total: 100 * 1024 ** 3, available: available * 1024 ** 3 }], lowWatermark }),
});
const made = (engine: 'OpenSearch' | 'Elasticsearch', version: string): Partial<Preflight> => ({
  survey: survey({ indices: [index('docs', { created: { engine, version } })] }),
});
const third = look({ nodes: three.map((name) => engineNode(name, { version: '2.19.4' })) });

const cases: readonly Case[] = [
  ['a cluster that is well has nothing against it', {}, []],
  [
    'a yellow cluster is not begun with',
    { look: look({ health: 'yellow' }) },
    [
      'Error Health: the cluster is yellow, not green; ' +
        'have its shards placed first: GET _cluster/allocation/explain tells what keeps one from its place',
    ],
  ],
  [
    'a node is never taken back',
    { look: look({ nodes: [engineNode('os-1', { version: '2.11.0' }), engineNode('os-2'), engineNode('os-3')] }) },
    [
      'Error Version: node os-1: 2.11.0 is newer than 2.9.0, and nothing is taken back to an older version; ' +
        'correct spec.targetVersion',
    ],
  ],
  [
    'more than one major version is no step',
    { look: look({ nodes: three.map((name) => engineNode(name, { version: '1.3.0' })) }) },
    three.map(
      (name) => `Error Version: node ${name}: from 1.3.0 to 3.0.0 is more than one major version; upgrade to 2.x first`,
    ),
    { targetVersion: '3.0.0' },
  ],
  [
    '3.x is reached from the last of 2.x on only',
    {
      look: look({
        nodes: [engineNode('os-1'), ...['os-2', 'os-3'].map((name) => engineNode(name, { version: '2.19.4' }))],
      }),
    },
    ['Error Version: node os-1: 3.4.0 can be reached from 2.19.0 or a later 2.x only; upgrade to that first'],
    { targetVersion: '3.4.0' },
  ],
  [
    'a node that does not tell its version',
    { look: look({ nodes: [engineNode('os-1', { version: undefined }), engineNode('os-2'), engineNode('os-3')] }) },
    ['Error Version: node os-1 does not tell its version; see that it answers'],
  ],
  ['2.x reads what OpenSearch 1.x has made', made('OpenSearch', '1.0.0'), []],
  ['2.x reads what 7.x of its predecessor has made', made('Elasticsearch', '7.0.0'), []],
  [
    'but nothing older, whatever has read it since',
    made('Elasticsearch', '6.8.23'),
    [
      'Error IndexVersion: 2.9.0 reads indices only that were made by OpenSearch 1.0.0 or Elasticsearch 7.0.0 and ' +
        'later, not docs (Elasticsearch 6.8.23); have them made anew (POST _reindex), or delete them',
    ],
  ],
  ['3.x reads what 2.x has made', { look: third, ...made('OpenSearch', '2.0.0') }, [], { targetVersion: '3.0.0' }],
  [
    'but nothing of 1.x',
    { look: third, ...made('OpenSearch', '1.3.20') },
    [
      'Error IndexVersion: 3.0.0 reads indices only that were made by OpenSearch 2.0.0 and later, ' +
        'not docs (OpenSearch 1.3.20); have them made anew (POST _reindex), or delete them',
    ],
    { targetVersion: '3.0.0' },
  ],
  [
    'nor of the predecessor',
    { look: third, ...made('Elasticsearch', '7.10.2') },
    [
      'Error IndexVersion: 3.0.0 reads indices only that were made by OpenSearch 2.0.0 and later, ' +
        'not docs (Elasticsearch 7.10.2); have them made anew (POST _reindex), or delete them',
    ],
    { targetVersion: '3.0.0' },
  ],
  [
    'nodes of the spec and of the cluster are the same',
    { look: look({ nodes: ['os-1', 'os-2', 'os-4'].map((name) => engineNode(name)) }) },
    [
      'Error Members: no node of the cluster is called os-3; start it, or correct the name in spec.members.hosts.nodes',
      'Error Members: node os-4 of the cluster is not in spec.members.hosts.nodes; ' +
        'add it, or take it out of the cluster',
    ],
  ],
  [
    'without enough nodes with data the cluster would not serve',
    { look: look({ nodes: managers }) },
    [
      'Error Nodes: the cluster has 0 nodes with data, fewer than 2, and would not serve while one is away; ' +
        'add nodes, or accept that by spec.allowDowntime',
    ],
  ],
  [
    'that may be accepted',
    { look: look({ nodes: managers }) },
    ['Warning Nodes: the cluster has 0 nodes with data, fewer than 2: it does not serve while one of them is away'],
    { allowDowntime: true },
  ],
  ['a disk with room, by a percentage', disks(16, '85%'), []],
  ['a disk with room, by a ratio', disks(16, '0.85'), []],
  ['a disk with room, by a size', disks(16, '15gb'), []],
  ['a full disk that nobody looks at', disks(0, undefined), []],
  ...['85%', '0.85', '15gb'].map((watermark): Case => [
    `a disk that is too full for its replicas to come back, by ${watermark}`,
    disks(15, watermark),
    [
      `Error Disk: 85 % of the disk of node os-1 are in use, which is above the low watermark (${watermark}): ` +
        'no replica would come back to it; make room on it, or raise the watermark',
    ],
  ]),
  [
    'a transient setting of somebody else wins over ours',
    { look: look({ allocation: { transient: 'all' } }) },
    [
      'Error Settings: the transient cluster setting cluster.routing.allocation.enable is all, and would win over ' +
        "the upgrade's; take it away: PUT _cluster/settings with null for " +
        'cluster.routing.allocation.enable in its scope',
    ],
  ],
  [
    'a persistent one that lets shards stay nowhere',
    { look: look({ allocation: { persistent: 'PRIMARIES' } }) },
    [
      'Error Settings: the persistent cluster setting cluster.routing.allocation.enable is PRIMARIES, so that not ' +
        'all shards are placed; take it away: PUT _cluster/settings with null for ' +
        'cluster.routing.allocation.enable in its scope',
    ],
  ],
  ['one that says what holds anyway, in whatever spelling', { look: look({ allocation: { persistent: 'ALL' } }) }, []],
  [
    'other settings that steer shards',
    { look: look({ steering: ['transient a.exclude._name=os-1', 'persistent b=c'] }) },
    [
      'Error Settings: the cluster setting transient a.exclude._name=os-1 steers shards, and is not ours; ' +
        'take it away: PUT _cluster/settings with null for a.exclude._name in its scope',
      'Warning Settings: the cluster setting persistent b=c steers shards; ' +
        'take it away: PUT _cluster/settings with null for b in its scope',
    ],
  ],
  [
    'settings that an older version has left, under which none can be changed',
    { look: look({ archived: ['archived.a', 'archived.b'] }) },
    [
      'Error ArchivedSettings: settings that this version does not know keep every other one from being changed: ' +
        'archived.a, archived.b; PUT _cluster/settings with null for archived.* in both scopes',
    ],
  ],
  [
    'managers without a vote are missing when the next one is away',
    { survey: survey({ votingExclusions: ['os-2', 'os-1'] }) },
    [
      'Error VotingExclusions: nodes are kept from voting for a manager: os-1, os-2; ' +
        'DELETE _cluster/voting_config_exclusions?wait_for_removal=false, once nobody needs them',
    ],
  ],
  [
    'indices without replicas cannot be searched meanwhile',
    { survey: survey({ indices: ['f', 'e', 'd', 'c', 'b', 'a'].map((name) => index(name, { replicas: 0 })) }) },
    [
      'Error Replicas: indices a, b, c, d, e and 1 more without replicas cannot be searched ' +
        'while their node is away; add replicas, or accept that by spec.acceptZeroReplicas',
    ],
  ],
  [
    'that may be accepted too',
    { survey: survey({ indices: [index('a', { replicas: 0 })] }) },
    ['Warning Replicas: index a without replicas cannot be searched while their node is away'],
    { acceptZeroReplicas: true },
  ],
  [
    'an index with a setting of its own does not stay where it is',
    { survey: survey({ indices: [index('a', { allocation: 'all' })] }) },
    [
      "Error IndexSettings: index.routing.allocation.enable is set for a, and wins over the cluster's setting; " +
        'take it away: PUT INDEX/_settings with null for it',
    ],
  ],
  [
    'indices that follow the number of nodes, unless they need fewer copies than are left',
    {
      survey: survey({
        indices: [
          index('a', { autoExpand: '0-all' }),
          index('b', { autoExpand: '1-3' }),
          index('c', { autoExpand: '0-1' }),
        ],
      }),
    },
    [
      'Warning AutoExpand: index.auto_expand_replicas follows the number of nodes for a, b: ' +
        'they have fewer copies while a node is away, and are yellow until the end',
    ],
  ],
  [
    'plugins, each of which is made for one version',
    {
      survey: survey({
        plugins: [...three.map((node) => ({ node, plugin: 'security' })), { node: 'os-1', plugin: 'analysis-icu' }],
      }),
    },
    [
      'Warning Plugins: nodes have plugins, each of which is made for one version: analysis-icu, security; ' +
        'have what replaces the software install them for 2.9.0, too',
      'Warning Plugins: plugin analysis-icu is not on every node: it lacks on os-2, os-3; install it there',
    ],
  ],
  ['a snapshot that is young enough', snapshotAt('2026-01-01T06:00:00Z'), [], sixHours],
  [
    'one that is too old',
    snapshotAt('2026-01-01T05:59:59Z'),
    [
      'Error Snapshot: no snapshot in repository backup has succeeded ' +
        'within the last 21600 s (spec.snapshot.requireWithinSeconds); take one, or set spec.snapshot.take',
    ],
    sixHours,
  ],
  [
    'none at all',
    {},
    [
      'Error Snapshot: no snapshot in repository backup has succeeded (spec.snapshot.requireWithinSeconds); ' +
        'take one, or set spec.snapshot.take',
    ],
    sixHours,
  ],
  ['none that could not be taken first', {}, [], { snapshot: { ...sixHours.snapshot, take: true } }],
  [
    'no such repository',
    { survey: survey({ snapshots: undefined }) },
    ['Error Snapshot: there is no snapshot repository backup; register it, or correct spec.snapshot.repository'],
  ],
  ['none of which the age matters', {}, [], { snapshot: { repository: 'backup' } }],
];

test.for(cases)('%s', ([, preflight, found, spec = {}]) => {
  const upgrade = rollingUpgrade('up', three, { snapshot: { repository: 'backup' }, ...spec });
  const findings = findingsOf(upgrade, { look: look(), survey: survey(), now, ...preflight });
  const said = findings.map(({ severity, check, message, fix }) =>
    [`${severity} ${check}: ${message}`, ...(fix === undefined ? [] : [fix])].join('; '),
  );
  expect(said).toEqual(found);
});

test('without a snapshot there is no way back, which is said', () => {
  const findings = findingsOf(rollingUpgrade('up', three), { look: look(), survey: survey(), now });
  expect(findings).toEqual([
    {
      check: 'Snapshot',
      severity: 'Warning',
      message: 'no snapshot is asked for, and nothing else leads back to the old version',
      fix: 'name a repository in spec.snapshot',
    },
  ]);
});
