import { expect, test } from 'vitest';

import { freeze, nextNode } from '../../../../controllers/rollingupgrade/beginning.ts';
import type { ShardCopy } from '../../../../controllers/rollingupgrade/engine/engine.ts';
import type { Seen } from '../../../../controllers/rollingupgrade/observe.ts';
import type { RollingUpgrade, RollingUpgradeNode } from '../../../../crds/types/rollingupgrade.ts';
import { rollingUpgrade } from '../../../harness/rollingupgrade/objects.ts';
import { engineNode, look } from './looks.ts';

const now = new Date('2026-01-01T12:00:00Z');
const three = ['os-1', 'os-2', 'os-3'];
const current = { node: 'os-2', step: 'Freezing', since: '2026-01-01T11:59:59Z' } as const;

const copies: readonly ShardCopy[] = ['os-1', 'os-2'].map((node, number) => {
  return { index: 'docs', shard: 0, primary: number === 0, state: 'STARTED', node };
});
const frozen = look({ allocation: { persistent: 'primaries' } });

function seen(more: Partial<Seen> = {}): Seen {
  return { is: 'seen', look: frozen, indices: [], copies, explanations: [], snapshots: [], ...more };
}

function upgrade(status: RollingUpgrade['status'] = {}): RollingUpgrade {
  return { ...rollingUpgrade('up', three), status: { phase: 'Running', ...status } };
}

function noteWith(nodes: Seen['look']['nodes']): string | undefined {
  const sight = seen({ look: look({ nodes }) });
  return nextNode(upgrade({ settledSince: '2026-01-01T11:59:00Z' }), sight, now).event?.note;
}

function nodeOf(name: string, status: RollingUpgradeNode['status']): RollingUpgradeNode {
  const updatedDate = '2026-01-01T11:00:00Z';
  return { name, host: name, role: 'M', version: '2.7.0', status, updatedDate };
}

test.each<[sentence: string, sight: Seen, step: string, does: readonly string[]]>([
  ['when all is well', seen(), 'Replacing', ['flush']],
  [
    'not before the setting is seen to hold',
    seen({ look: look({ allocation: { persistent: 'all' } }) }),
    'Freezing',
    ['setAllocation'],
  ],
  [
    'not under a transient setting of somebody else',
    seen({ look: look({ allocation: { transient: 'all' } }) }),
    '',
    [],
  ],
  // A flush waits for a minute where a primary is missing.
  ['not in a cluster that is red', seen({ look: { ...frozen, health: 'red' } }), 'Restoring', []],
  ['not while a snapshot is taken', seen({ snapshots: ['nightly-7'] }), 'Restoring', []],
  ['not with the only copy of a shard', seen({ copies: copies.slice(1) }), 'Restoring', []],
  [
    'not while another node does not answer',
    seen({
      look: { ...frozen, nodes: [engineNode('os-1'), engineNode('os-2'), engineNode('os-3', { version: undefined })] },
    }),
    'Restoring',
    [],
  ],
  [
    'not when it has left by itself',
    seen({ look: { ...frozen, nodes: [engineNode('os-1'), engineNode('os-3')] } }),
    'Restoring',
    [],
  ],
])('a node that is told to keep its shards is stopped: %s', (_, sight, step, does) => {
  const { intents, status } = freeze(upgrade({ current, allocation: {} }), current, sight, now);
  expect(intents.map((intent) => intent.do)).toEqual(does);
  expect(status?.current?.step ?? '').toBe(step === '' ? 'Freezing' : step);
  expect(status?.current?.ephemeralID).toBe(step === 'Replacing' ? 'os-2-1' : undefined);
});

test('before the last node with an older version it is said that there is no way back', () => {
  const upgraded = ['os-2', 'os-3'].map((name) => engineNode(name, { version: '2.9.0' }));
  expect(noteWith([engineNode('os-1'), ...upgraded])).toBe(
    'node os-1 (2.7.0) is upgraded, the last one that is older than 2.9.0: after it there is no way back',
  );
  expect(noteWith(three.map((name) => engineNode(name)))).toBe('node os-2 (2.7.0) is upgraded');
});

test('a node that is next and held up says that it waits, and why; no other does any more', () => {
  const nodes = [nodeOf('os-1', 'running'), nodeOf('os-2', 'running'), nodeOf('os-3', 'waiting')];
  const settledSince = '2026-01-01T11:59:00Z';
  const sight = seen({ look: look(), snapshots: ['nightly-7'] });
  const held = nextNode(upgrade({ settledSince, nodes }), sight, now).status?.nodes;
  expect(held?.map(({ status, blockedBy }) => [status, blockedBy])).toEqual([
    ['running', undefined],
    ['waiting', 'node os-2 is not stopped: snapshot nightly-7 is being taken'],
    ['running', undefined],
  ]);
  const begun = nextNode(upgrade({ settledSince, nodes: held ?? [] }), { ...sight, snapshots: [] }, now).status?.nodes;
  expect(begun?.map(({ status, blockedBy }) => [status, blockedBy])).toEqual([
    ['running', undefined],
    ['Upgrade_OpenSearch', undefined],
    ['running', undefined],
  ]);
});
