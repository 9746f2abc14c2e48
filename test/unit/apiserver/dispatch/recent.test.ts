import { expect, test } from 'vitest';

import { RecentWrites } from '../../../../apiserver/dispatch/recent.ts';
import type { AgentTask } from '../../../../crds/types/agenttask.ts';

function task(name: string, resourceVersion: string, uid = 'uid-1'): AgentTask {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: { name, namespace: 'default', uid, resourceVersion },
    spec: {},
  };
}

test('what was written counts until the cache shows it, or something later', () => {
  const recent = new RecentWrites();
  const written = task('a', '10');
  recent.record(written);
  expect(recent.latest(task('a', '9'))).toBe(written);
  const later = task('a', '11');
  expect(recent.latest(later)).toBe(later);
  // Forgotten by now, so that an older copy is not taken for stale by what no longer counts.
  const older = task('a', '9');
  expect(recent.latest(older)).toBe(older);
});

test('what was written to a task that is gone says nothing of its successor', () => {
  const recent = new RecentWrites();
  recent.record(task('a', '10', 'uid-1'));
  const successor = task('a', '9', 'uid-2');
  expect(recent.latest(successor)).toBe(successor);
});

test('of many writes the eldest are forgotten, by when they were written last', () => {
  const recent = new RecentWrites();
  for (const name of ['again', 'eldest']) recent.record(task(name, '10'));
  recent.record(task('again', '11'));
  for (let index = 0; index < 999; index += 1) recent.record(task(`task-${index}`, '10'));
  expect(recent.latest(task('eldest', '9')).metadata.resourceVersion).toBe('9');
  expect(recent.latest(task('again', '9')).metadata.resourceVersion).toBe('11');
});
