import { expect, test } from 'vitest';

import { plan } from '../../../../controllers/deploygroup/plan.ts';
import type { DeployGroup, DeployGroupSpec, DeployGroupStatus } from '../../../../crds/types/deploygroup.ts';
import { findCondition } from '../../../../kube/conditions.ts';
import type { ObjectMeta } from '../../../../kube/objects.ts';

const now = new Date('2026-01-01T12:00:00Z');
const spec: DeployGroupSpec = { type: 'List', list: [{ hosts: ['a', 'b'] }, { hosts: ['c'] }] };

function group(
  own: DeployGroupSpec = spec,
  status?: DeployGroupStatus,
  metadata: Partial<ObjectMeta> = {},
): DeployGroup {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'DeployGroup',
    metadata: { namespace: 'default', name: 'web', generation: 2, labels: { 'fleetwright.io/id': '7' }, ...metadata },
    spec: own,
    ...(status === undefined ? {} : { status }),
  };
}

const broken: DeployGroupSpec = { type: 'List', list: [{ hosts: ['a'] }, { hosts: ['b', 'a'] }] };

test('a group is resolved, and Ready', () => {
  const { intents, status } = plan({ group: group(), idTaken: false, found: undefined }, now);
  expect(intents).toEqual([]);
  expect(status).toMatchObject({
    observedGeneration: 2,
    batches: [
      { number: 1, hosts: ['a', 'b'] },
      { number: 2, hosts: ['c'] },
    ],
    summary: { batches: 2, hosts: 3 },
  });
  expect(findCondition(status?.conditions, 'Ready')).toMatchObject({ status: 'True', message: '3 hosts in 2 batches' });
  expect(findCondition(status?.conditions, 'Succeeded')).toBeUndefined();
});

test('one that cannot be resolved says where, once, and shows no batches of an earlier spec', () => {
  const before = plan({ group: group(), idTaken: false, found: undefined }, now).status;
  const next = plan({ group: group(broken, before), idTaken: false, found: undefined }, now);
  const message = 'spec.list[1].hosts[1]: a is named before, in list[0].hosts[0]: name each host once';
  expect(next.status).toMatchObject({ observedGeneration: 2, message });
  expect(next.status).not.toHaveProperty('batches');
  expect(findCondition(next.status?.conditions, 'Stalled')).toMatchObject({ status: 'True', reason: 'Unresolvable' });
  expect(next.event).toMatchObject({ type: 'Warning', reason: 'Unresolvable' });
  expect(plan({ group: group(broken, next.status), idTaken: false, found: undefined }, now).event).toBeUndefined();
  expect(plan({ group: group(spec, next.status), idTaken: false, found: undefined }, now).status).not.toHaveProperty(
    'message',
  );
});

function given(metadata: Partial<ObjectMeta>, idTaken = false): readonly string[] {
  const copy = group(spec, undefined, metadata);
  return plan({ group: copy, idTaken, found: undefined }, now).intents.map((intent) => intent.because);
}

test('a group is given an id, a copy another one, and one that is deleted none', () => {
  expect(given({ labels: {} })).toEqual(['it has none']);
  expect(given({}, true)).toEqual(['an older group has the same id']);
  expect(given({ labels: {}, deletionTimestamp: '2026-01-01T11:59:59Z' })).toEqual([]);
});

const percent: DeployGroupSpec = { type: 'Percent', nodes: { inventory: { name: 'fleet' } }, percent: ['1', '50%'] };

test('the hosts that an inventory names are put into batches, and it is read again', () => {
  const hosts = ['a', 'b', 'c'].map((host, index) => ({ host, place: `nodes.inventory: fleet, line ${index + 1}` }));
  const { status, requeueAfter } = plan({ group: group(percent), idTaken: false, found: { hosts } }, now);
  expect(status?.batches?.map((batch) => batch.hosts)).toEqual([['a'], ['b'], ['c']]);
  expect(requeueAfter).toBe(60_000);
});

function resolved(found: Parameters<typeof plan>[0]['found']): ReturnType<typeof plan> {
  return plan({ group: group(percent), idTaken: false, found }, now);
}

test('what is wrong with an inventory is told with its place, and it is read again', () => {
  const twice = ['a', 'A'].map((host, index) => ({ host, place: `nodes.inventory: fleet, line ${index + 1}` }));
  expect(resolved({ hosts: twice })).toMatchObject({
    status: {
      message:
        'spec.nodes.inventory: fleet, line 2: A is named before, in nodes.inventory: fleet, line 1: ' +
        'name each host once',
    },
    requeueAfter: 60_000,
  });
  expect(resolved({ problem: 'nodes.selector: no Node has these labels' }).status?.message).toBe(
    'spec.nodes.selector: no Node has these labels',
  );
});
