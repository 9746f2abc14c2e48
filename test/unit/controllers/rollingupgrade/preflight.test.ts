import { expect, test } from 'vitest';

import { findingsOf, type Preflight } from '../../../../controllers/rollingupgrade/preflight.ts';
import type { RollingUpgradeSpec } from '../../../../crds/types/rollingupgrade.ts';
import { rollingUpgrade } from '../../../harness/rollingupgrade/objects.ts';
import { engineNode, index, look } from './looks.ts';

type Case = readonly [
  sentence: string,
  preflight: Partial<Preflight>,
  found: readonly string[],
  spec?: Partial<RollingUpgradeSpec>,
];

const three = ['os-1', 'os-2', 'os-3'];
const managers = three.map((name) => engineNode(name, { roles: ['master'] }));

const cases: readonly Case[] = [
  ['a cluster that is well has nothing against it', {}, []],
  [
    'a yellow cluster is not begun with',
    { look: look({ health: 'yellow' }) },
    ['Error Health: the cluster is yellow, not green: have its shards placed first (GET _cluster/allocation/explain)'],
  ],
  [
    'a node is never taken back',
    { look: look({ nodes: [engineNode('os-1', { version: '2.11.0' }), engineNode('os-2'), engineNode('os-3')] }) },
    ['Error Version: node os-1: 2.11.0 is newer than 2.9.0, and nothing is taken back to an older version'],
  ],
  [
    'more than one major version is no step',
    { look: look({ nodes: three.map((name) => engineNode(name, { version: '1.3.0' })) }) },
    three.map(
      (name) => `Error Version: node ${name}: from 1.3.0 to 3.0.0 is more than one major version: upgrade to 2.x first`,
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
    ['Error Version: node os-1: 3.4.0 can be reached from 2.19.0 or a later 2.x only: upgrade to that first'],
    { targetVersion: '3.4.0' },
  ],
  [
    'a node that does not tell its version',
    { look: look({ nodes: [engineNode('os-1', { version: undefined }), engineNode('os-2'), engineNode('os-3')] }) },
    ['Error Version: node os-1 does not tell its version: see that it answers'],
  ],
  [
    'nodes of the spec and of the cluster are the same',
    { look: look({ nodes: ['os-1', 'os-2', 'os-4'].map((name) => engineNode(name)) }) },
    [
      'Error Members: spec.members.hosts.nodes: no node of the cluster is called os-3: start it, or correct the name',
      'Error Members: node os-4 of the cluster is not in spec.members.hosts.nodes: ' +
        'add it, or take it out of the cluster',
    ],
  ],
  [
    'without enough nodes with data the cluster would not serve',
    { look: look({ nodes: managers }) },
    [
      'Error Nodes: the cluster has 0 nodes with data, fewer than 2, and would not serve while one is away: ' +
        'add nodes, or accept that by spec.allowDowntime',
    ],
  ],
  [
    'that may be accepted',
    { look: look({ nodes: managers }) },
    ['Warning Nodes: the cluster has 0 nodes with data, fewer than 2: it does not serve while one of them is away'],
    { allowDowntime: true },
  ],
  [
    'a transient setting of somebody else wins over ours',
    { look: look({ allocation: { transient: 'all' } }) },
    [
      'Error Settings: the transient cluster setting cluster.routing.allocation.enable is all, ' +
        "and would win over the upgrade's: take it away",
    ],
  ],
  [
    'a persistent one that lets shards stay nowhere',
    { look: look({ allocation: { persistent: 'PRIMARIES' } }) },
    [
      'Error Settings: the persistent cluster setting cluster.routing.allocation.enable is PRIMARIES, ' +
        'so that not all shards are placed: take it away',
    ],
  ],
  ['one that says what holds anyway, in whatever spelling', { look: look({ allocation: { persistent: 'ALL' } }) }, []],
  [
    'other settings that steer shards',
    { look: look({ steering: ['transient a.exclude._name=os-1', 'persistent b=c'] }) },
    [
      'Error Settings: the cluster setting transient a.exclude._name=os-1 steers shards, and is not ours: take it away',
      'Warning Settings: the cluster setting persistent b=c steers shards',
    ],
  ],
  [
    'indices without replicas cannot be searched meanwhile',
    { indices: ['f', 'e', 'd', 'c', 'b', 'a'].map((name) => index(name, { replicas: 0 })) },
    [
      'Error Replicas: indices a, b, c, d, e and 1 more without replicas cannot be searched ' +
        'while their node is away: add replicas, or accept that by spec.acceptZeroReplicas',
    ],
  ],
  [
    'that may be accepted too',
    { indices: [index('a', { replicas: 0 })] },
    ['Warning Replicas: index a without replicas cannot be searched while their node is away'],
    { acceptZeroReplicas: true },
  ],
  [
    'an index with a setting of its own does not stay where it is',
    { indices: [index('a', { allocation: 'all' })] },
    [
      "Error IndexSettings: index.routing.allocation.enable is set for a, and wins over the cluster's setting: " +
        'take it away',
    ],
  ],
];

test.for(cases)('%s', ([, preflight, found, spec = {}]) => {
  const findings = findingsOf(rollingUpgrade('up', three, spec), { look: look(), indices: [], ...preflight });
  expect(findings.map(({ severity, check, message }) => `${severity} ${check}: ${message}`)).toEqual(found);
});
