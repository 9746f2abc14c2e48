import { array, assert, constantFrom, oneof, property, record, type Arbitrary } from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { KubeObject } from '../../../kube/objects.ts';
import { Store } from '../../../kube/store.ts';

const indexers = {
  team: (object: KubeObject) => (object.metadata.labels?.['team'] === undefined ? [] : [object.metadata.labels['team']]),
  word: (object: KubeObject) => (object.metadata.annotations?.['words'] ?? '').split(' ').filter((word) => word !== ''),
};

function named(name: string, team?: string, words = ''): KubeObject {
  return { metadata: { name, namespace: 'x', annotations: { words }, ...(team === undefined ? {} : { labels: { team } }) } };
}

describe('a store', () => {
  test('holds one object per key and says what was there before', () => {
    const store = new Store<KubeObject>();
    const first = named('a', 'red');
    const second = named('a', 'blue');
    expect(store.set(first)).toBeUndefined();
    expect(store.set(second)).toBe(first);
    expect(store.size).toBe(1);
    expect(store.get('x/a')).toBe(second);
    expect(store.delete('x/a')).toBe(second);
    expect(store.delete('x/a')).toBeUndefined();
    expect([...store.list()]).toEqual([]);
  });

  test('finds an object under every value that its indexer gives, and under none it gave before', () => {
    const store = new Store<KubeObject>(indexers);
    store.set(named('a', 'red', 'one two'));
    store.set(named('a', 'red', 'two three'));
    expect(store.byIndex('word', 'one')).toEqual([]);
    expect(store.byIndex('word', 'two')).toHaveLength(1);
    expect(store.byIndex('word', 'three')).toHaveLength(1);
  });

  test('finds an object once under a value that its indexer gives twice', () => {
    const store = new Store<KubeObject>(indexers);
    store.set(named('a', 'red', 'one one'));
    expect(store.byIndex('word', 'one')).toHaveLength(1);
  });

  test('says how to make an index that it does not have', () => {
    expect(() => new Store().byIndex('colour', 'red')).toThrow('no index named colour: name it when the cache is made');
  });
});

type Step = { readonly set: KubeObject } | { readonly remove: string };

test('after any changes, every index is what computing it anew from the objects gives', () => {
  const names = constantFrom('a', 'b', 'c', 'd');
  const teams = constantFrom(undefined, 'red', 'blue', 'constructor');
  const words = constantFrom('', 'one', 'one two', 'two one one', '__proto__ two');
  const set = record({ name: names, team: teams, words }).map(({ name, team, words: text }): Step => ({ set: named(name, team, text) }));
  const remove = names.map((name): Step => ({ remove: `x/${name}` }));
  const steps: Arbitrary<Step[]> = array(oneof(set, remove), { maxLength: 40 });
  assert(
    property(steps, (list) => {
      const store = new Store<KubeObject>(indexers);
      for (const step of list) {
        if ('set' in step) store.set(step.set);
        else store.delete(step.remove);
      }
      for (const [index, indexer] of Object.entries(indexers)) {
        for (const value of ['red', 'blue', 'one', 'two', 'constructor', '__proto__', 'none']) {
          const expected = [...store.list()].filter((object) => indexer(object).includes(value));
          expect(new Set(store.byIndex(index, value))).toEqual(new Set(expected));
        }
      }
    }),
    { numRuns: 300 },
  );
});
