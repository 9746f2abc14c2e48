import { expect, test } from 'vitest';

import { askBefore, decided } from '../../../../controllers/rollingupgrade/confirming.ts';
import type {
  RollingUpgrade,
  RollingUpgradeNode,
  RollingUpgradeRolloutConfirmBefore,
  RollingUpgradeStatus,
} from '../../../../crds/types/rollingupgrade.ts';
import { rollingUpgrade } from '../../../harness/rollingupgrade/objects.ts';
import { engineNode } from './looks.ts';

type Point = RollingUpgradeRolloutConfirmBefore;

const now = new Date('2026-01-01T12:00:00Z');
const manager = engineNode('m-1', { roles: ['master'] });
const data = engineNode('d-2', { roles: ['data'] });

function upgrade(confirmBefore: readonly Point[], status: RollingUpgradeStatus = {}): RollingUpgrade {
  return { ...rollingUpgrade('up', ['d-1', 'd-2', 'm-1'], { rollout: { confirmBefore } }), status };
}

/** One node that this upgrade has brought to the new version, or that had it before. */
function done(role: RollingUpgradeNode['role'], task?: string): RollingUpgradeStatus {
  const node = { name: 'd-1', host: 'd-1', role, version: '2.9.0', status: 'complete' } as const;
  return { nodes: [{ ...node, updatedDate: '2026-01-01T11:00:00Z', ...(task === undefined ? {} : { task }) }] };
}

test.each<[sentence: string, given: RollingUpgrade, node: typeof data, left: number, point: Point | undefined]>([
  ['nobody is asked where nobody is to be', upgrade([]), data, 1, undefined],
  ['before the second node', upgrade(['SecondNode'], done('D', 'task')), data, 2, 'SecondNode'],
  ['not before the first', upgrade(['SecondNode']), data, 3, undefined],
  ['nor where another upgrade has done one', upgrade(['SecondNode'], done('D')), data, 2, undefined],
  ['before the first manager', upgrade(['Managers'], done('D', 'task')), manager, 2, 'Managers'],
  ['not before the next', upgrade(['Managers'], done('M', 'task')), manager, 2, undefined],
  ['not before a node with data', upgrade(['Managers']), data, 2, undefined],
  ['before the last', upgrade(['LastNode']), data, 1, 'LastNode'],
  ['not before the last but one', upgrade(['LastNode']), data, 2, undefined],
  ['before each', upgrade(['EachNode']), data, 3, 'EachNode'],
  ['for the gravest reason', upgrade(['EachNode', 'SecondNode', 'LastNode']), data, 1, 'LastNode'],
])('%s', (_, given, node, left, point) => {
  expect(askBefore(given, node, left, now)?.status?.waiting?.point).toBe(point);
});

test('an answer counts for the node that was asked for, and is kept with who gave it', () => {
  const asked = askBefore(upgrade(['EachNode']), data, 2, now);
  const waiting = { node: 'd-2', point: 'EachNode', since: '2026-01-01T12:00:00Z' } as const;
  expect(asked?.status?.waiting).toEqual(waiting);
  const answered = (node: string, status: RollingUpgradeStatus): RollingUpgrade => {
    const { spec, ...others } = upgrade(['EachNode'], status);
    return { ...others, spec: { ...spec, confirm: { node, user: 'eva', comment: 'looks well' } } };
  };
  expect(askBefore(answered('d-1', { waiting }), data, 2, now), 'another node').toBeDefined();
  expect(askBefore(answered('d-2', {}), data, 2, now), 'before it was asked').toBeDefined();
  expect(askBefore(answered('d-2', { waiting }), data, 2, now)).toBeUndefined();
  expect(decided(answered('d-2', { waiting }), now)).toEqual({
    decisions: [{ node: 'd-2', point: 'EachNode', user: 'eva', time: '2026-01-01T12:00:00Z', comment: 'looks well' }],
  });
  expect(decided(answered('d-1', {}), now)).toEqual({});
});
