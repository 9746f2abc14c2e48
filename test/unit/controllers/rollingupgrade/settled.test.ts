import { describe, expect, test } from 'vitest';

import type { Explanation, ShardCopy } from '../../../../controllers/rollingupgrade/engine/engine.ts';
import { onlyCopyOn, unsettledBy, type Placement } from '../../../../controllers/rollingupgrade/settled.ts';

const started = (node: string, more: Partial<ShardCopy> = {}): ShardCopy => ({
  index: 'docs',
  shard: 0,
  primary: true,
  state: 'STARTED',
  node,
  ...more,
});
const nowhere = (more: Partial<ShardCopy> = {}): ShardCopy => ({
  ...started(''),
  primary: false,
  state: 'UNASSIGNED',
  node: undefined,
  ...more,
});

function explained(copy: ShardCopy, verdict: string, ...deciders: readonly string[]): Explanation {
  const against = deciders.map((decider, number) => ({
    node: `os-${number + 1}`,
    decider,
    said: `${decider} says no`,
  }));
  return { copy, verdict, against, said: 'so it says' };
}

const replica = nowhere();
const ofReplica = 'the replica of shard 0 of index docs';

type Case = readonly [sentence: string, placement: Partial<Placement>, held: string | undefined];

const cases: readonly Case[] = [
  ['every copy is there', { copies: [started('os-1'), started('os-2', { primary: false })] }, undefined],
  [
    'a copy is filled',
    { copies: [started('os-1'), started('os-2', { primary: false, state: 'INITIALIZING' })] },
    `${ofReplica} is being filled on node os-2`,
  ],
  [
    'a copy moves',
    { copies: [started('os-1', { state: 'RELOCATING' })] },
    'the primary of shard 0 of index docs is moving on node os-1',
  ],
  [
    'a yellow cluster is settled where only versions stand against a replica',
    { copies: [replica], explanations: [explained(replica, 'no', 'same_shard', 'node_version', 'node_version')] },
    undefined,
  ],
  [
    'so it is where other nodes are of another tier, or of a zone that has a copy',
    {
      copies: [replica],
      explanations: [explained(replica, 'no', 'same_shard', 'node_version', 'filter', 'awareness')],
    },
    undefined,
  ],
  [
    'but tiers and zones alone are no matter of versions',
    { copies: [replica], explanations: [explained(replica, 'no', 'same_shard', 'filter')] },
    `${ofReplica} is not placed yet: no; decider filter says of node os-2: filter says no`,
  ],
  [
    'a full disk keeps it from a place that it could have',
    { copies: [replica], explanations: [explained(replica, 'no', 'node_version', 'disk_threshold')] },
    `${ofReplica} is not placed yet: no; decider disk_threshold says of node os-2: disk_threshold says no`,
  ],
  [
    'while shards are told to stay, that is said beside the version',
    { copies: [replica], explanations: [explained(replica, 'no', 'node_version', 'enable')] },
    `${ofReplica} is not placed yet: no; decider enable says of node os-2: enable says no`,
  ],
  [
    'health that is at rest is not: the copy is about to be placed',
    { copies: [replica], explanations: [explained(replica, 'yes')] },
    `${ofReplica} is not placed yet: yes; so it says`,
  ],
  [
    'a copy that is put off',
    { copies: [replica], explanations: [explained(replica, 'throttled', 'throttling')] },
    `${ofReplica} is not placed yet: throttled; decider throttling says of node os-1: throttling says no`,
  ],
  [
    'somebody’s setting keeps it from its place',
    { copies: [replica], explanations: [explained(replica, 'no', 'same_shard', 'enable')] },
    `${ofReplica} is not placed yet: no; decider enable says of node os-2: enable says no`,
  ],
  [
    'a primary that is nowhere never counts as settled',
    {
      copies: [nowhere({ primary: true })],
      explanations: [explained(nowhere({ primary: true }), 'no', 'node_version')],
    },
    'the primary of shard 0 of index docs is not placed yet: no; decider node_version says of node os-1: ' +
      'node_version says no',
  ],
  [
    'a no for which nobody gives a reason is none',
    { copies: [replica], explanations: [explained(replica, 'no')] },
    `${ofReplica} is not placed yet: no; so it says`,
  ],
  [
    'each copy has to be explained',
    { copies: [replica, nowhere({ index: 'other' })], explanations: [explained(replica, 'no', 'node_version')] },
    'the replica of shard 0 of index other is not placed yet',
  ],
];

test.each(cases)('%s', (_, placement, held) => {
  expect(unsettledBy({ copies: [], explanations: [], ...placement })).toBe(held);
});

test('how long a delay still lasts makes no new message', () => {
  const [late, later] = ['57.6s', '12s'].map((left) => {
    const explanation = { ...explained(replica, 'allocation_delayed'), said: `still waiting ${left} for the node` };
    return unsettledBy({ copies: [replica], explanations: [explanation] });
  });
  expect(late).toBe(`${ofReplica} is not placed yet: allocation_delayed; still waiting a while for the node`);
  expect(later).toBe(late);
});

describe('a node may go', () => {
  const copies = [started('os-1'), started('os-2', { primary: false }), started('os-1', { index: 'alone' })];

  test('when every shard on it has another copy that works', () => {
    expect(onlyCopyOn('os-2', { copies }, new Set())).toBeUndefined();
    expect(onlyCopyOn('os-1', { copies }, new Set(['alone']))).toBeUndefined();
  });

  test('else not, and the shard is named', () => {
    const said = 'no other node has a working copy of shard 0 of index alone';
    expect(onlyCopyOn('os-1', { copies }, new Set())).toBe(said);
    const filling = [started('os-1'), started('os-2', { primary: false, state: 'INITIALIZING' })];
    expect(onlyCopyOn('os-1', { copies: filling }, new Set())).toContain('shard 0 of index docs');
  });
});
