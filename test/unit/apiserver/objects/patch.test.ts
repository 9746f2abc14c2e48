import { describe, expect, test } from 'vitest';

import { deleteObject } from '../../../../apiserver/objects/delete.ts';
import { patchObject, type Act } from '../../../../apiserver/objects/patch.ts';
import { RecentWrites } from '../../../../apiserver/objects/recent.ts';
import { listedOperations } from '../../../../crds/operations.ts';
import { apiErrorFrom } from '../../../../kube/errors.ts';
import { alice, denying } from '../facade.ts';
import { scopes, setup, widget, type Setup, type Widget } from './widgets.ts';

const bob = { ...alice, user: 'bob' };
const recent = new RecentWrites<Widget>();

function resize(size: number, requestId = `r-${size}`): Act<Widget> {
  return { operation: 'edit', requestId, change: ({ spec }) => (spec.size === size ? undefined : { spec: { size } }) };
}

/** A widget in the API server. */
function stored(
  namespace: (typeof scopes)[number]['namespace'],
  more: Parameters<typeof setup>[2] = {},
): Setup & { readonly found: Widget; readonly now: () => Widget | undefined } {
  const made = setup(namespace, [], more);
  const one = widget(namespace, 'one');
  const found = made.client.put({ ...one, metadata: { ...one.metadata, uid: 'uid-1' } });
  return { ...made, found, now: () => [...made.client.objects.values()][0] };
}

const told = (object: Widget | undefined): readonly string[] =>
  listedOperations(object?.metadata.annotations).map(
    ({ number, user, operation, requestId }) => `${number} ${user} ${operation} ${requestId}`,
  );

describe.each(scopes)('an object of $scope', ({ namespace }) => {
  test('is changed, and tells who did so, by one write', async () => {
    const { client, options, found, now } = stored(namespace);
    expect(await patchObject(alice, found, resize(2), options, recent)).toBe(true);
    expect(now()?.spec.size).toBe(2);
    expect(told(now())).toEqual(['1 alice edit r-2']);
    expect(client.calls).toEqual(['patch']);
  });

  test('that is as it is to be is left alone, and nothing is noted', async () => {
    const { client, options, found } = stored(namespace);
    expect(await patchObject(alice, { ...found, spec: { size: 2 } }, resize(2), options, recent)).toBe(true);
    expect(client.calls).toEqual([]);
  });

  test('tells of both when two change it who found it in the same state', async () => {
    const { options, found, now } = stored(namespace);
    await Promise.all([
      patchObject(alice, found, resize(2), options, recent),
      patchObject(bob, found, resize(3), options, recent),
    ]);
    expect(told(now())).toEqual(['1 alice edit r-2', '2 bob edit r-3']);
    expect(now()?.spec.size).toBe(3);
  });

  test('is not changed in the place of a former one of its name', async () => {
    const { client, options, found, now } = stored(namespace);
    client.put({ ...found, metadata: { ...found.metadata, uid: 'uid-2' } });
    expect(await patchObject(alice, found, resize(2), options, recent)).toBe(false);
    expect(await deleteObject(alice, found, 'r-2', options, recent)).toBe(false);
    expect(now()?.spec.size).toBeUndefined();
    expect(told(now())).toEqual([]);
  });

  test('is deleted after it was noted who does so', async () => {
    const { client, options, found, now } = stored(namespace);
    await patchObject(alice, found, resize(2), options, recent);
    client.calls.length = 0;
    let last: Widget | undefined;
    const remove = client.delete.bind(client);
    client.delete = async (...given) => {
      last = now();
      await remove(...given);
    };
    expect(await deleteObject(bob, found, 'r-9', options, recent)).toBe(true);
    expect(told(last)).toEqual(['1 alice edit r-2', '2 bob delete r-9']);
    expect(now()).toBeUndefined();
    expect(client.calls).toEqual(['patch', 'get', 'patch', 'delete']);
  });

  test('whose deletion was asked for already is noted no second time', async () => {
    const { client, options, found, now } = stored(namespace);
    const going = client.put({ ...found, metadata: { ...found.metadata, deletionTimestamp: '2026-01-02T03:04:05Z' } });
    client.delete = async () => undefined;
    expect(await deleteObject(bob, going, 'r-9', options, recent)).toBe(true);
    expect(told(now())).toEqual([]);
  });

  test('of which the deletion is denied is not noted as deleted', async () => {
    const { client, options, found, now } = stored(namespace, { authorizer: denying('delete widgets') });
    await expect(deleteObject(bob, found, 'r-9', options, recent)).rejects.toMatchObject({ code: 'DENIED' });
    expect(told(now())).toEqual([]);
    expect(client.calls).toEqual([]);
  });

  test('that goes in the same moment is told to be gone', async () => {
    const { client, options, found } = stored(namespace);
    client.faults.push({ error: apiErrorFrom(404, '', 'PATCH'), done: false });
    expect(await patchObject(alice, found, resize(2), options, recent)).toBe(false);
    client.objects.clear();
    client.faults.push({ error: apiErrorFrom(409, '', 'PATCH'), done: false });
    expect(await patchObject(alice, found, resize(2), options, recent)).toBe(false);
  });
});
