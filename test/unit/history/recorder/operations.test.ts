import { expect, test } from 'vitest';

import {
  requestedByAnnotation,
  stoppedAtAnnotation,
  stoppedByAnnotation,
  stopRequestIdAnnotation,
} from '../../../../crds/labels.ts';
import { operationsAnnotation, withOperation } from '../../../../crds/operations.ts';
import { operationsOf } from '../../../../history/recorder/operations.ts';
import { aLighthouse, lighthouseUid } from '../lighthouse.ts';
import { task, uidOf } from '../samples.ts';

const given = (annotations: Readonly<Record<string, string>>) => operationsOf(task(1, { annotations }));
const stop = { operation: 'stop', user: 'jupiter', requestId: 'request-2', time: '2026-11-21T12:30:00.123Z' };

test('a task that REST made and stopped tells who did so, by which request and when', () => {
  const { annotations = {} } = task(1).metadata;
  expect(given({ ...annotations, ...withOperation(annotations, stop) })).toEqual([
    {
      uid: uidOf(1),
      operation: 'create',
      number: 0,
      user: 'orion',
      requestId: 'request-1',
      time: '2026-11-21T12:00:00Z',
    },
    { uid: uidOf(1), number: 1, ...stop },
  ]);
});

test('a task that a facade of an earlier release has stopped tells so as well', () => {
  const { annotations = {} } = task(1).metadata;
  const before = {
    ...annotations,
    [stoppedByAnnotation]: 'jupiter',
    [stopRequestIdAnnotation]: 'request-2',
    [stoppedAtAnnotation]: '2026-11-21T12:30:00Z',
  };
  const old = { ...stop, uid: uidOf(1), number: 0, time: '2026-11-21T12:30:00Z' };
  expect(given(before)[1]).toEqual(old);
  const edit = { ...stop, operation: 'edit', requestId: 'request-3' };
  expect(given({ ...before, ...withOperation(before, edit) }).slice(1)).toEqual([
    old,
    { uid: uidOf(1), number: 1, ...edit },
  ]);
});

test('two changes between two looks are two operations', () => {
  const once = withOperation({}, { ...stop, operation: 'edit', user: 'ann' });
  const twice = withOperation(once, { ...stop, operation: 'edit', user: 'bob' });
  expect(operationsOf(aLighthouse(3, 'red', undefined, { annotations: twice }))).toMatchObject([
    { uid: lighthouseUid, operation: 'edit', number: 1, user: 'ann' },
    { uid: lighthouseUid, operation: 'edit', number: 2, user: 'bob' },
  ]);
});

test('a deletion is an operation, of somebody where it is named and else of nobody known', () => {
  const deletionTimestamp = '2026-11-21T12:40:00Z';
  expect(operationsOf(aLighthouse(1, 'red', undefined, { deletionTimestamp }))).toEqual([
    { uid: lighthouseUid, operation: 'delete', number: 0, user: '', requestId: '', time: deletionTimestamp },
  ]);
  const annotations = withOperation({}, { ...stop, operation: 'delete' });
  expect(operationsOf(aLighthouse(1, 'red', undefined, { deletionTimestamp, annotations }))).toEqual([
    { uid: lighthouseUid, ...stop, operation: 'delete', number: 1 },
  ]);
});

test('a task of kubectl tells of nothing', () => {
  expect(given({})).toEqual([]);
});

test('annotations that somebody made up are cut, or left out', () => {
  expect(given({ [stoppedByAnnotation]: 'mallory', [stoppedAtAnnotation]: 'yesterday' })).toEqual([]);
  expect(given({ [operationsAnnotation]: '[{"number":1,"operation":"stop"}]' })).toEqual([]);
  expect(given({ [requestedByAnnotation]: 'm'.repeat(100_000) })[0]?.user).toHaveLength(256);
});
