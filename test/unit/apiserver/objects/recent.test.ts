import { expect, test } from 'vitest';

import { RecentWrites } from '../../../../apiserver/objects/recent.ts';
import type { KubeObject } from '../../../../kube/objects.ts';

function object(name: string, resourceVersion: string, uid = 'uid-1'): KubeObject {
  return { metadata: { name, namespace: 'default', uid, resourceVersion } };
}

test('what was written counts until the cache shows it, or something later', () => {
  const recent = new RecentWrites();
  const written = object('a', '10');
  recent.record(written);
  expect(recent.latest(object('a', '9'))).toBe(written);
  const later = object('a', '11');
  expect(recent.latest(later)).toBe(later);
  // Forgotten by now, so that an older copy is not taken for stale by what no longer counts.
  const older = object('a', '9');
  expect(recent.latest(older)).toBe(older);
});

test('what was written to an object that is gone says nothing of its successor', () => {
  const recent = new RecentWrites();
  recent.record(object('a', '10', 'uid-1'));
  const successor = object('a', '9', 'uid-2');
  expect(recent.latest(successor)).toBe(successor);
});

test('of many writes the eldest are forgotten, by when they were written last', () => {
  const recent = new RecentWrites();
  for (const name of ['again', 'eldest']) recent.record(object(name, '10'));
  recent.record(object('again', '11'));
  for (let index = 0; index < 999; index += 1) recent.record(object(`object-${index}`, '10'));
  expect(recent.latest(object('eldest', '9')).metadata.resourceVersion).toBe('9');
  expect(recent.latest(object('again', '9')).metadata.resourceVersion).toBe('11');
});
