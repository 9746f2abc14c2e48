import { expect, test } from 'vitest';

import { kinds } from '../../../controllers/kinds.ts';
import { mayBeHeld } from '../../cluster/remove-namespace.ts';

test('a namespace of a test is held by the objects of no kind that has finalizers', () => {
  const held = kinds.filter(({ objects, finalizers }) => objects.namespaced && finalizers.length > 0);
  expect(held.length).toBeGreaterThan(2);
  const known = new Set(mayBeHeld.map(({ plural }) => plural));
  expect(held.map(({ objects }) => objects.plural).filter((plural) => !known.has(plural))).toEqual([]);
});
