import { expect, test } from 'vitest';

import { configMaps } from '../../../kube/builtin.ts';
import type { Client } from '../../../kube/client.ts';
import { fenced } from '../../../kube/fence.ts';
import { LeaderElector, LeadershipLostError } from '../../../kube/lease.ts';
import { FakeApi } from './fake-api.ts';
import { silent } from './silent.ts';

const object = { metadata: { namespace: 'x', name: 'a' } };

const writes: Readonly<Record<string, (client: Client) => Promise<unknown>>> = {
  create: (client) => client.create(configMaps, object),
  replace: (client) => client.replace(configMaps, object),
  patch: (client) => client.mergePatch(configMaps, object.metadata, {}),
  apply: (client) => client.apply(configMaps, object, { fieldManager: 'test' }),
  delete: (client) => client.delete(configMaps, object.metadata),
};

test.each(Object.entries(writes))('without the lease a %s never reaches the API server', async (_, write) => {
  const api = new FakeApi();
  const elector = new LeaderElector(api, { namespace: 'x', name: 'leader', identity: 'me', log: silent });
  const told: LeadershipLostError[] = [];
  await expect(write(fenced(api, elector, (error) => told.push(error)))).rejects.toBeInstanceOf(LeadershipLostError);
  expect(api.calls).toEqual([]);
  expect(told).toHaveLength(1);
});

test.each(Object.entries(writes))('with the lease a %s passes', async (verb, write) => {
  const api = new FakeApi();
  const elector = new LeaderElector(api, { namespace: 'x', name: 'leader', identity: 'me', log: silent });
  await elector.acquire(new AbortController().signal);
  await api.create(configMaps, object).catch(() => undefined);
  api.objects.set('configmaps/x/a', object);
  if (verb === 'create') api.objects.delete('configmaps/x/a');
  await write(fenced(api, elector, () => undefined));
  expect(api.calls.at(-1)).toMatchObject({ verb, type: 'configmaps', key: 'x/a' });
});

test('reads pass without the lease', async () => {
  const api = new FakeApi();
  const elector = new LeaderElector(api, { namespace: 'x', name: 'leader', identity: 'me', log: silent });
  const client = fenced(api, elector, () => undefined);
  await api.create(configMaps, object);
  expect((await client.get(configMaps, object.metadata)).metadata.name).toBe('a');
  expect((await client.list(configMaps)).items).toHaveLength(1);
});
