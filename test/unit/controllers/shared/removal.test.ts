import { expect, test } from 'vitest';

import { deleteAll, ObjectsRemainError } from '../../../../controllers/shared/removal.ts';
import type { KubeObject, ResourceType } from '../../../../kube/objects.ts';
import { FakeApi } from '../../kube/fake-api.ts';
import { silent } from '../../kube/silent.ts';

const stages: ResourceType = { group: 'a.io', version: 'v1', plural: 'stages', kind: 'Stage', namespaced: false };
const moves: ResourceType = { group: 'a.io', version: 'v1', plural: 'moves', kind: 'Move', namespaced: true };
const kinds = [
  { objects: stages, finalizers: ['a.io/stage'] },
  { objects: moves, finalizers: ['a.io/move', 'a.io/child'] },
];

/** Whatever has a finalizer stays. */
class HoldingApi extends FakeApi {
  override async delete(type: ResourceType, { namespace, name }: KubeObject['metadata']): Promise<void> {
    const key = { name, ...(namespace === undefined ? {} : { namespace }) };
    const held = (await this.get(type, key)).metadata.finalizers !== undefined;
    if (!held) await super.delete(type, key);
  }
}

test('the objects of all kinds are deleted, each by its UID, until none is left', async () => {
  const api = new FakeApi();
  await api.create(stages, { metadata: { name: 'n1' } });
  await api.create(moves, { metadata: { namespace: 'x', name: 'm1' } });
  expect(await deleteAll(api, kinds, silent, AbortSignal.timeout(60_000))).toBe(2);
  expect(api.objects.size).toBe(0);
  expect(api.made('delete').map(({ options }) => options)).toEqual([{ uid: 'uid-101' }, { uid: 'uid-102' }]);
});

test('what did not go in time is named, with what holds it and who has to take that away', async () => {
  const api = new HoldingApi();
  await api.create(moves, { metadata: { namespace: 'x', name: 'm1', finalizers: ['a.io/move'] } });
  const removing = deleteAll(api, kinds, silent, AbortSignal.abort());
  await expect(removing).rejects.toThrow(ObjectsRemainError);
  await expect(removing).rejects.toThrow(
    '1 Moves did not go in time: x/m1 (held by a.io/move). ' +
      'The controllers take away a.io/move and a.io/child, the recorder',
  );
});
