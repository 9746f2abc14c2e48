import { describe, expect, test } from 'vitest';

import { configMaps, type ConfigMap } from '../../../kube/builtin.ts';
import { ConflictError, NotFoundError } from '../../../kube/errors.ts';
import { addFinalizer, removeFinalizer } from '../../../kube/finalizers.ts';
import { failure, FakeApi } from './fake-api.ts';

const ours = 'example.test/clean-up';

function held(...finalizers: readonly string[]): ConfigMap {
  return { metadata: { namespace: 'x', name: 'a', uid: 'u', resourceVersion: '7', finalizers } };
}

const answering = (status: number, reason: string) => async (): Promise<void> => {
  throw failure(status, reason);
};

describe('finalizers', () => {
  test('are added beside those of others, on the very object that was read', async () => {
    const api = new FakeApi();
    await addFinalizer(api, configMaps, held('other'), ours);
    expect(api.calls).toMatchObject([
      {
        verb: 'patch',
        key: 'x/a',
        body: { metadata: { uid: 'u', resourceVersion: '7', finalizers: ['other', ours] } },
      },
    ]);
  });

  test('are removed without those of others', async () => {
    const api = new FakeApi();
    await removeFinalizer(api, configMaps, held('other', ours), ours);
    expect(api.calls).toMatchObject([
      { verb: 'patch', body: { metadata: { uid: 'u', resourceVersion: '7', finalizers: ['other'] } } },
    ]);
  });

  test('of an object that went meanwhile are gone with it; other troubles are told', async () => {
    const api = new FakeApi();
    api.before = answering(404, 'NotFound');
    expect(await removeFinalizer(api, configMaps, held(ours), ours)).toBeUndefined();
    await expect(addFinalizer(api, configMaps, held(), ours)).rejects.toBeInstanceOf(NotFoundError);
    api.before = answering(409, 'Conflict');
    await expect(removeFinalizer(api, configMaps, held(ours), ours)).rejects.toBeInstanceOf(ConflictError);
  });

  test('cost no call when there is nothing to change', async () => {
    const api = new FakeApi();
    const present = held(ours);
    const absent = held();
    expect(await addFinalizer(api, configMaps, present, ours)).toBe(present);
    expect(await removeFinalizer(api, configMaps, absent, ours)).toBe(absent);
    expect(api.calls).toEqual([]);
  });
});
