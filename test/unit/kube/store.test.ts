import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { keyOf, type KubeObject } from '../../../kube/objects.ts';
import { Store } from '../../../kube/store.ts';

interface Item extends KubeObject {
  readonly colours: readonly string[];
}

const indexers = {
  colour: ({ colours }: Item) => colours,
  namespace: ({ metadata }: Item) => [metadata.namespace ?? ''],
};
const colour = fc.constantFrom('red', 'green', 'blue');
const item: fc.Arbitrary<Item> = fc.record({
  metadata: fc.record({ namespace: fc.constantFrom('n', 'm'), name: fc.constantFrom('a', 'b', 'c', 'd') }),
  colours: fc.array(colour, { maxLength: 3 }),
});
const steps = fc.array(
  fc.oneof(
    item.map((object) => ({ set: object })),
    item.map((object) => ({ delete: keyOf(object) })),
  ),
  { minLength: 1, maxLength: 40 },
);

describe('a store', () => {
  test('has indexes that equal what a look at every object finds, after any changes', () => {
    fc.assert(
      fc.property(steps, (changes) => {
        const store = new Store<Item>(indexers);
        const plain = new Map<string, Item>();
        for (const change of changes) {
          const key = 'set' in change ? keyOf(change.set) : change.delete;
          const before = plain.get(key);
          if ('set' in change) plain.set(key, change.set);
          else plain.delete(key);
          expect('set' in change ? store.set(change.set) : store.delete(key)).toBe(before);
        }
        expect(new Set(store.list())).toEqual(new Set(plain.values()));
        expect(store.size).toBe(plain.size);
        for (const value of ['red', 'green', 'blue'])
          expect(new Set(store.byIndex('colour', value))).toEqual(
            new Set([...plain.values()].filter(({ colours }) => colours.includes(value))),
          );
        for (const value of ['n', 'm'])
          expect(store.byIndex('namespace', value).map(keyOf).toSorted()).toEqual(
            [...plain.keys()].filter((key) => key.startsWith(`${value}/`)).toSorted(),
          );
      }),
    );
  });

  test('finds nothing for a value that no object has, and says which index it lacks', () => {
    const store = new Store<Item>(indexers);
    expect(store.byIndex('colour', 'red')).toEqual([]);
    expect(() => store.byIndex('size', 'large')).toThrow('no index named size');
  });

  test('keeps objects without a namespace under their name alone', () => {
    const store = new Store<KubeObject>();
    const node = { metadata: { name: 'node-1' } };
    store.set(node);
    expect(store.get('node-1')).toBe(node);
    expect(store.delete('node-2')).toBe(undefined);
  });
});
