import { expect, test } from 'vitest';

import {
  requestedByAnnotation,
  stoppedAtAnnotation,
  stoppedByAnnotation,
  stopRequestIdAnnotation,
} from '../../../../crds/labels.ts';
import { operationsOf } from '../../../../history/recorder/operations.ts';
import { task, uidOf } from '../samples.ts';

const given = (annotations: Readonly<Record<string, string>>) => operationsOf(task(1, { annotations }));

test('a task that REST made and stopped tells who did so, by which request and when', () => {
  const { annotations } = task(1).metadata;
  const common = { uid: uidOf(1), source: 'hubble', correlationID: '16-16' };
  expect(
    given({
      ...annotations,
      [stoppedByAnnotation]: 'jupiter',
      [stopRequestIdAnnotation]: 'request-2',
      [stoppedAtAnnotation]: '2026-11-21T12:30:00Z',
    }),
  ).toEqual([
    { ...common, operation: 'create', user: 'orion', requestId: 'request-1', time: '2026-11-21T12:00:00Z' },
    { ...common, operation: 'stop', user: 'jupiter', requestId: 'request-2', time: '2026-11-21T12:30:00Z' },
  ]);
});

test('a task of kubectl tells of nothing', () => {
  expect(given({})).toEqual([]);
});

test('annotations that somebody made up are cut, or left out', () => {
  expect(given({ [stoppedByAnnotation]: 'mallory', [stoppedAtAnnotation]: 'yesterday' })).toEqual([]);
  expect(given({ [requestedByAnnotation]: 'm'.repeat(100_000) })[0]?.user).toHaveLength(256);
});
