import { beforeAll, describe, expect, test } from 'vitest';

import { configMaps } from '../../../kube/builtin.ts';
import { AlreadyExistsError, ConflictError, InvalidError, NotFoundError } from '../../../kube/errors.ts';
import { addFinalizer, removeFinalizer } from '../../../kube/finalizers.ts';
import { patchStatus } from '../../../kube/status.ts';
import { testCluster, uniqueNamespace } from '../../cluster/testing.ts';
import { connect } from './cluster.ts';
import { gadgets, installGadgets, type Gadget } from './gadgets.ts';
import { relayed } from './relayed.ts';

beforeAll(installGadgets);

async function setUp(): Promise<{
  readonly client: ReturnType<typeof connect>;
  readonly namespace: string;
  readonly key: { readonly namespace: string; readonly name: string };
}> {
  const namespace = await uniqueNamespace();
  return { client: connect(testCluster().kubeconfigPath), namespace, key: { namespace, name: 'g' } };
}

describe('200 calls at once', () => {
  test('go over no more than the ten connections of the pool', async () => {
    const { relay, path } = await relayed(testCluster().kubeconfigPath);
    const namespace = await uniqueNamespace();
    const client = connect(path);
    await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        client.create(configMaps, { metadata: { namespace, name: `c-${index}` } }),
      ),
    );
    expect(relay.connections).toBeLessThanOrEqual(10);
    expect(
      (await client.list(configMaps, { namespace })).items.filter(({ metadata }) => metadata.name.startsWith('c-')),
    ).toHaveLength(200);
  });
});

describe('a status patch', () => {
  test('writes what differs, once, and nothing when nothing does', async () => {
    const { client, key } = await setUp();
    const gadget = await client.create(gadgets, { metadata: key, spec: { size: 1 } });
    const written = await patchStatus(client, gadgets, gadget, { phase: 'Running' });
    expect(written?.status).toEqual({ phase: 'Running' });
    expect(written?.metadata.generation).toBe(1);
    expect(await patchStatus(client, gadgets, written ?? gadget, { phase: 'Running' })).toBe(undefined);
    const emptied = await patchStatus(client, gadgets, written ?? gadget, {});
    expect(emptied?.status).toEqual({});
  });

  test('for an object that was replaced by another of its name is a conflict; the new one is untouched', async () => {
    const { client, key } = await setUp();
    const first = await client.create(gadgets, { metadata: key });
    await client.delete(gadgets, key);
    await client.create(gadgets, { metadata: key });
    await expect(patchStatus(client, gadgets, first, { phase: 'Failed' })).rejects.toBeInstanceOf(ConflictError);
    expect((await client.get(gadgets, key)).status).toBe(undefined);
  });

  test('from an old view of the object is a conflict', async () => {
    const { client, key } = await setUp();
    const first = await client.create(gadgets, { metadata: key });
    await patchStatus(client, gadgets, first, { phase: 'Running' });
    await expect(patchStatus(client, gadgets, first, { phase: 'Pending' })).rejects.toBeInstanceOf(ConflictError);
    expect((await client.get(gadgets, key)).status).toEqual({ phase: 'Running' });
  });

  test('for an object that is gone says that it is not there', async () => {
    const { client, key } = await setUp();
    const gadget = await client.create(gadgets, { metadata: key });
    await client.delete(gadgets, key);
    await expect(patchStatus(client, gadgets, gadget, { phase: 'Running' })).rejects.toBeInstanceOf(NotFoundError);
  });
});

describe('server-side apply', () => {
  test('makes the object, changes it, and gives up fields that it states no more', async () => {
    const { client, key } = await setUp();
    const options = { fieldManager: 'one' };
    const made = await client.apply(configMaps, { metadata: key, data: { a: '1', b: '2' } }, options);
    const changed = await client.apply(configMaps, { metadata: key, data: { a: '3' } }, options);
    expect(changed.metadata.uid).toBe(made.metadata.uid);
    expect(changed.data).toEqual({ a: '3' });
  });

  test('refuses a field of another manager, names it, and takes it over when forced', async () => {
    const { client, key } = await setUp();
    await client.apply(configMaps, { metadata: key, data: { a: '1' } }, { fieldManager: 'one' });
    const other = client.apply(configMaps, { metadata: key, data: { a: '2' } }, { fieldManager: 'two' });
    await expect(other).rejects.toBeInstanceOf(ConflictError);
    await expect(other).rejects.toThrow(/conflict with "one".*\.data\.a/s);
    const forced = await client.apply(
      configMaps,
      { metadata: key, data: { a: '2' } },
      { fieldManager: 'two', force: true },
    );
    expect(forced.data).toEqual({ a: '2' });
  });
});

describe('a finalizer', () => {
  test('holds a deleted object until it is removed', async () => {
    const { client, key } = await setUp();
    const held = await addFinalizer(client, gadgets, await client.create(gadgets, { metadata: key }), 'kube.test/hold');
    expect(held.metadata.finalizers).toEqual(['kube.test/hold']);
    expect(await addFinalizer(client, gadgets, held, 'kube.test/hold')).toBe(held);
    await client.delete(gadgets, key);
    const deleted = await client.get(gadgets, key);
    expect(deleted.metadata.deletionTimestamp).toBeTypeOf('string');
    await removeFinalizer(client, gadgets, deleted, 'kube.test/hold');
    await expect(client.get(gadgets, key)).rejects.toBeInstanceOf(NotFoundError);
  });

  test('added from an old view is a conflict, so that no other finalizer is lost', async () => {
    const { client, key } = await setUp();
    const old = await client.create(gadgets, { metadata: key });
    const held = await addFinalizer(client, gadgets, old, 'kube.test/first');
    await expect(addFinalizer(client, gadgets, old, 'kube.test/second')).rejects.toBeInstanceOf(ConflictError);
    const both = await addFinalizer(client, gadgets, held, 'kube.test/second');
    expect(both.metadata.finalizers).toEqual(['kube.test/first', 'kube.test/second']);
    const one = await removeFinalizer(client, gadgets, both, 'kube.test/first');
    expect(one?.metadata.finalizers).toEqual(['kube.test/second']);
    await removeFinalizer(client, gadgets, one ?? both, 'kube.test/second');
  });
});

describe('a deletion', () => {
  test('of another object of the same name is refused', async () => {
    const { client, key } = await setUp();
    const first = await client.create(gadgets, { metadata: key });
    await client.delete(gadgets, key);
    const second = await client.create(gadgets, { metadata: key });
    await expect(client.delete(gadgets, key, { uid: first.metadata.uid ?? '' })).rejects.toBeInstanceOf(ConflictError);
    await client.delete(gadgets, key, { uid: second.metadata.uid ?? '' });
    await expect(client.delete(gadgets, key)).rejects.toBeInstanceOf(NotFoundError);
  });

  test('decided on an old view is refused when it says so', async () => {
    const { client, key } = await setUp();
    const old = await client.create(gadgets, { metadata: key });
    await patchStatus(client, gadgets, old, { phase: 'Running' });
    await expect(
      client.delete(gadgets, key, { resourceVersion: old.metadata.resourceVersion ?? '' }),
    ).rejects.toBeInstanceOf(ConflictError);
  });
});

describe('an error of the API server', () => {
  test('is told apart by its class', async () => {
    const { client, key } = await setUp();
    const made = await client.create(gadgets, { metadata: key });
    await expect(client.create(gadgets, { metadata: key })).rejects.toBeInstanceOf(AlreadyExistsError);
    await expect(client.get(gadgets, { ...key, name: 'none' })).rejects.toBeInstanceOf(NotFoundError);
    const tooLarge: Gadget = { ...made, spec: { size: 101 } };
    await expect(client.replace(gadgets, tooLarge)).rejects.toBeInstanceOf(InvalidError);
    await expect(client.replace(gadgets, tooLarge)).rejects.toThrow('spec.size');
    await client.replace(gadgets, { ...made, spec: { size: 2 } });
    await expect(client.replace(gadgets, { ...made, spec: { size: 3 } })).rejects.toBeInstanceOf(ConflictError);
  });
});
