import { expect, test } from 'vitest';

import { configMaps, leases, type ConfigMap } from '../../../kube/builtin.ts';
import { CacheConflictError } from '../../../kube/caches.ts';
import { Manager } from '../../../kube/manager.ts';
import { FakeApi } from './fake-api.ts';
import { silent } from './silent.ts';

const byName = { name: ({ metadata }: ConfigMap) => [metadata.name] };
const byKeys = { key: ({ data }: ConfigMap) => Object.keys(data ?? {}) };

const transform = (object: ConfigMap): ConfigMap => object;

function managerOf(api: FakeApi): Manager {
  return new Manager({ client: api, log: silent });
}

test('two askers for one kind share one watch and store, each with its own indexes', async () => {
  const api = new FakeApi();
  await api.create(configMaps, { metadata: { namespace: 'x', name: 'a' }, data: { k: '1' } });
  const manager = managerOf(api);
  const [first, second] = [
    manager.cache(configMaps, { indexers: byName }),
    manager.cache(configMaps, { indexers: byKeys }),
  ];
  const told: string[] = [];
  first.onChange(({ key }) => told.push(`first: ${key}`));
  second.onChange(({ key }) => told.push(`second: ${key}`));
  const stopping = new AbortController();
  const running = manager.run(stopping.signal);
  await second.synced;
  expect(second).toBe(first);
  expect(api.made('list')).toHaveLength(1);
  expect([first.store.byIndex('name', 'a'), second.store.byIndex('key', 'k')].map((found) => found.length)).toEqual([
    1, 1,
  ]);
  expect(told).toEqual(['first: x/a', 'second: x/a']);
  stopping.abort();
  await running;
});

test('another kind, namespace or selector is another watch', () => {
  const manager = managerOf(new FakeApi());
  const caches = [
    manager.cache(configMaps),
    manager.cache(configMaps, { namespace: 'x' }),
    manager.cache(configMaps, { labelSelector: 'a' }),
    manager.cache(configMaps, { namespace: 'x', labelSelector: 'a' }),
    manager.cache(leases),
  ];
  expect(new Set(caches).size).toBe(5);
});

test('who wants the same objects in another form is told to share it, or to take a scope of its own', () => {
  const manager = managerOf(new FakeApi());
  manager.cache(configMaps, { transform });
  expect(manager.cache(configMaps, { transform })).toBeDefined();
  expect(() => manager.cache(configMaps)).toThrow(CacheConflictError);
  expect(() => manager.cache(configMaps, { transform, pageSize: 10 })).toThrow('different values of "pageSize"');
});

test('one name for two indexes is refused', () => {
  const manager = managerOf(new FakeApi());
  manager.cache(configMaps, { indexers: byName });
  expect(manager.cache(configMaps, { indexers: byName })).toBeDefined();
  expect(() => manager.cache(configMaps, { indexers: { name: () => [] } })).toThrow('two indexes are named name');
});
