import { describe, expect, test } from 'vitest';

import { ObjectLookup } from '../../../../apiserver/objects/lookup.ts';
import { patchObject } from '../../../../apiserver/objects/patch.ts';
import { apiErrorFrom, TransportError } from '../../../../kube/errors.ts';
import { alice, denying } from '../facade.ts';
import { pastWith, scopes, setup, widget } from './widgets.ts';

const lost = new TransportError('GET', new Error('reset'));

const grow = { operation: 'edit', requestId: 'r-1', change: () => ({ spec: { size: 2 } }) };

describe.each(scopes)('an object of $scope that is looked for', ({ namespace }) => {
  const known = widget(namespace, 'known', { id: '9' });
  const key = (name: string): { readonly name: string; readonly namespace?: string } =>
    widget(namespace, name).metadata;

  test('is found in the cache without a call, by id and by name', async () => {
    const { client, options } = setup(namespace, [known]);
    const lookup = new ObjectLookup(options);
    expect(await lookup.byId(alice, namespace, 9)).toEqual({ object: known, live: true });
    expect(await lookup.byName(alice, key('known'))).toEqual({ object: known, live: true });
    expect(client.calls).toEqual([]);
  });

  test('is found in the API server while the cache lags, without what no answer holds', async () => {
    const { client, options } = setup(namespace, [], { slim: ({ metadata }) => ({ metadata, spec: {} }) });
    client.put({ ...known, spec: { bulk: 'much' } });
    const lookup = new ObjectLookup(options);
    for (const found of [await lookup.byId(alice, namespace, 9), await lookup.byName(alice, key('known'))])
      expect(found).toMatchObject({ object: { metadata: { name: 'known' }, spec: {} }, live: true });
    expect(client.calls).toEqual(['list widgets', 'get']);
  });

  test('is found in the history when it is gone', async () => {
    const lookup = new ObjectLookup(setup(namespace, [], { past: pastWith(known) }).options);
    for (const found of [await lookup.byId(alice, namespace, 9), await lookup.byName(alice, key('known'))])
      expect(found).toEqual({ object: known, live: false });
  });

  test.each([1, 0, -5, 1.5, Number.NaN])('is not found by the id %d, which nobody has', async (id) => {
    expect(await new ObjectLookup(setup(namespace, [known]).options).byId(alice, namespace, id)).toBeUndefined();
  });

  test('is the elder one when somebody copied its label', async () => {
    const elder = widget(namespace, 'elder', { id: '9', creationTimestamp: '2026-01-01T00:00:00Z' });
    const copy = widget(namespace, 'copy', { id: '9', creationTimestamp: '2026-01-02T00:00:00Z' });
    const lookup = new ObjectLookup(setup(namespace, [copy, elder]).options);
    expect((await lookup.byId(alice, namespace, 9))?.object).toBe(elder);
  });

  test('fails with the reason when it cannot be read, and is not taken for missing', async () => {
    const { client, options } = setup(namespace);
    client.readFault = lost;
    const lookup = new ObjectLookup(options);
    await expect(lookup.byName(alice, key('a'))).rejects.toBe(lost);
    await expect(lookup.byId(alice, namespace, 1)).rejects.toBe(lost);
  });

  test('is denied to who may not get any, without a word about whether it is there', async () => {
    const { client, options } = setup(namespace, [known], { authorizer: denying('get widgets') });
    const lookup = new ObjectLookup(options);
    for (const id of [9, 10]) await expect(lookup.byId(alice, namespace, id)).rejects.toMatchObject({ code: 'DENIED' });
    for (const name of ['known', 'new'])
      await expect(lookup.byName(alice, key(name))).rejects.toMatchObject({ code: 'DENIED' });
    expect(client.calls).toEqual([]);
  });

  test('fails for the operator to mend when this service may not ask about rights', async () => {
    const forbidden = apiErrorFrom(403, JSON.stringify({ kind: 'Status', message: 'no' }), 'POST');
    const { options } = setup(namespace, [known], { authorizer: { check: () => Promise.reject(forbidden) } });
    await expect(new ObjectLookup(options).byId(alice, namespace, 9)).rejects.toMatchObject({
      code: 'SERVICE',
      cause: forbidden,
    });
  });

  test('shows what was changed through this process while the cache lags', async () => {
    const { client, options } = setup(namespace, []);
    const stored = client.put({ ...known, metadata: { ...known.metadata, uid: 'uid-1' } });
    const { options: cached } = setup(namespace, [stored]);
    const lookup = new ObjectLookup({ ...options, cache: cached.cache });
    expect(await patchObject(alice, stored, grow, options, lookup.recent)).toBe(true);
    expect(await lookup.byId(alice, namespace, 9)).toMatchObject({ object: { spec: { size: 2 } }, live: true });
  });
});

test('an object of another namespace is not found by an id of this one', async () => {
  const other = { ...widget('default', 'other', { id: '9' }) };
  const lookup = new ObjectLookup(
    setup('default', [{ ...other, metadata: { ...other.metadata, namespace: 'elsewhere' } }]).options,
  );
  expect(await lookup.byId(alice, 'default', 9)).toBeUndefined();
});
