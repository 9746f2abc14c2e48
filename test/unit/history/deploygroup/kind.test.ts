import { expect, test } from 'vitest';

import { requestedByAnnotation, requestIdAnnotation } from '../../../../crds/labels.ts';
import { withOperation, type ObjectOperation } from '../../../../crds/operations.ts';
import type { DeployGroup } from '../../../../crds/types/deploygroup.ts';
import { deployGroupHistory } from '../../../../history/deploygroup/kind.ts';
import { operationsOf } from '../../../../history/recorder/operations.ts';
import type { ObjectMeta } from '../../../../kube/objects.ts';
import { openStore } from '../samples.ts';

const made = '2026-11-21T12:00:00Z';

function group(generation: number, observedGeneration: number, metadata: Partial<ObjectMeta> = {}): DeployGroup {
  const batches = [{ number: 1, hosts: ['web-1'] }];
  const ready = { type: 'Ready', status: 'True', reason: 'Resolved', message: '', lastTransitionTime: made } as const;
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'DeployGroup',
    metadata: {
      namespace: 'fleet',
      name: 'jobx-1',
      uid: 'group-1',
      generation,
      creationTimestamp: made,
      annotations: {
        [requestedByAnnotation]: 'ann',
        [requestIdAnnotation]: 'r-1',
        'fleetwright.io/jobx-name': 'web',
        'example.com/else': 'x',
      },
      ...metadata,
    },
    spec: { type: 'List', list: [{ hosts: ['web-1'] }], note: 'the web' },
    status: { observedGeneration, batches, conditions: [ready] },
  };
}

function noted({ metadata: { annotations } }: DeployGroup, operation: ObjectOperation): Partial<ObjectMeta> {
  return { annotations: { ...annotations, ...withOperation(annotations, operation) } };
}

test('a group is recorded by its generations, without the batches that its runs have themselves', async () => {
  const store = await openStore();
  expect([1, 2].map((observed) => deployGroupHistory.isOver(group(2, observed)))).toEqual([false, true]);
  expect(deployGroupHistory.phaseOf(group(2, 1))).toBeUndefined();
  await store.complete(deployGroupHistory, group(1, 1), {}, operationsOf(group(1, 1)));
  const [recorded] = await store.byUid(deployGroupHistory, 'group-1');
  expect(recorded?.object.spec).toEqual(group(1, 1).spec);
  expect(recorded?.object.status?.batches).toBeUndefined();
  expect(recorded?.object.metadata.annotations?.['fleetwright.io/jobx-name']).toBe('web');
});

test('who added, edited and deleted it stays known when it is gone', async () => {
  const store = await openStore();
  await store.see(deployGroupHistory, [group(1, 0)], operationsOf(group(1, 0)));
  const edit = { operation: 'edit', user: 'bob', requestId: 'r-2', time: '2026-11-21T12:10:00Z' };
  const edited = group(2, 2, noted(group(2, 2), edit));
  await store.complete(deployGroupHistory, edited, {}, operationsOf(edited));
  const remove = { operation: 'delete', user: 'eve', requestId: 'r-3', time: '2026-11-21T12:20:00Z' };
  const deleted = group(2, 2, {
    ...noted(edited, remove),
    deletionTimestamp: '2026-11-21T12:20:01Z',
  });
  await store.see(deployGroupHistory, [deleted], operationsOf(deleted));
  const log = await store.operationsIn('fleet', 10);
  expect(log.map(({ kind, user, operation }) => `${user} ${operation} ${kind}`)).toEqual([
    'eve delete DeployGroup',
    'bob edit DeployGroup',
    'ann create DeployGroup',
  ]);
});

test('of an old generation stays what kind of group it was', () => {
  expect(deployGroupHistory.shrink(group(1, 1))).toMatchObject({ spec: { type: 'List' } });
  expect(deployGroupHistory.shrink(group(1, 1)).spec).toEqual({ type: 'List' });
});
