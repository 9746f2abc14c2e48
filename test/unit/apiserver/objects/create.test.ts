import { describe, expect, test } from 'vitest';

import { NameTakenError, ObjectCreator, type Ids } from '../../../../apiserver/objects/create.ts';
import type { ObjectsOptions } from '../../../../apiserver/objects/options.ts';
import { apiErrorFrom, TransportError } from '../../../../kube/errors.ts';
import { joinKey } from '../../../../kube/objects.ts';
import { alice, denying } from '../facade.ts';
import { countingIds, type MemoryClient } from '../memory-client.ts';
import { pastWith, scopes, setup, widget, type Namespace, type Widget } from './widgets.ts';

const lost = new TransportError('POST', new Error('reset'));
const failed = apiErrorFrom(500, 'etcdserver: request timed out', 'POST');

interface Creating {
  readonly client: MemoryClient<Widget>;
  readonly creator: ObjectCreator<Widget>;
}

function creating(
  namespace: Namespace,
  cached: readonly Widget[] = [],
  more: Partial<ObjectsOptions<Widget>> = {},
  ids: Ids = countingIds(),
): Creating {
  const { client, options } = setup(namespace, cached, more);
  return { client, creator: new ObjectCreator(options, ids) };
}

describe.each(scopes)('an object of $scope that is made', ({ namespace }) => {
  test('carries its id as a label', async () => {
    const { client, creator } = creating(namespace);
    expect(await creator.create(alice, widget(namespace, 'a'))).toBe(1);
    expect([...client.objects.values()].map(({ metadata }) => metadata.labels)).toEqual([{ 'fleetwright.io/id': '1' }]);
  });

  test('is refused when the API server has one of its name, whatever the cache knows', async () => {
    const { creator } = creating(namespace);
    await creator.create(alice, widget(namespace, 'a'));
    await expect(creator.create(alice, widget(namespace, 'a'))).rejects.toThrow(NameTakenError);
  });

  test('costs no id and no call when the cache knows the name already', async () => {
    const { client, creator } = creating(namespace, [widget(namespace, 'a', { id: '9' })]);
    await expect(creator.create(alice, widget(namespace, 'a'))).rejects.toThrow(NameTakenError);
    expect(client.calls).toEqual([]);
    expect(await creator.create(alice, widget(namespace, 'b'))).toBe(1);
  });

  test.each([lost, failed])('is answered with its id when only the answer was lost: %s', async (error) => {
    const { client, creator } = creating(namespace);
    client.faults.push({ error, done: true });
    expect(await creator.create(alice, widget(namespace, 'a'))).toBe(1);
    expect(client.calls).toEqual(['create', 'get']);
  });

  test.each([lost, failed])('fails when it was not made: %s', async (error) => {
    const { client, creator } = creating(namespace);
    client.faults.push({ error, done: false });
    await expect(creator.create(alice, widget(namespace, 'a'))).rejects.toBe(error);
    expect(await creator.create(alice, widget(namespace, 'a'))).toBe(2);
  });

  test('fails when another call made one of that name meanwhile, whose id it does not take for its own', async () => {
    const { client, creator } = creating(namespace);
    const other = widget(namespace, 'a', { id: '5' });
    client.objects.set(joinKey(other.metadata), other);
    client.faults.push({ error: lost, done: false });
    await expect(creator.create(alice, widget(namespace, 'a'))).rejects.toBe(lost);
  });

  test('fails with the first error when what was done cannot be seen either', async () => {
    const { client, creator } = creating(namespace);
    client.faults.push({ error: lost, done: true });
    client.readFault = new TransportError('GET', new Error('refused'));
    await expect(creator.create(alice, widget(namespace, 'a'))).rejects.toBe(lost);
  });

  test('is refused when only the history knows its name, and costs no id then', async () => {
    const { client, creator } = creating(namespace, [], { past: pastWith(widget(namespace, 'gone', { id: '4' })) });
    await expect(creator.create(alice, widget(namespace, 'gone'))).rejects.toThrow(NameTakenError);
    expect(client.calls).toEqual([]);
    expect(await creator.create(alice, widget(namespace, 'new'))).toBe(1);
  });

  test('is held from its first moment until it is recorded, and not where no history is kept', async () => {
    const finalizers: (readonly string[] | undefined)[] = [];
    for (const more of [{ past: pastWith() }, {}]) {
      const { client, creator } = creating(namespace, [], more);
      await creator.create(alice, widget(namespace, 'a'));
      finalizers.push(...[...client.objects.values()].map(({ metadata }) => metadata.finalizers));
    }
    expect(finalizers).toEqual([['fleetwright.io/history'], undefined]);
  });

  test('is denied to who may not make any, without a word about whether its name is taken', async () => {
    const { client, creator } = creating(namespace, [widget(namespace, 'known')], {
      authorizer: denying('create widgets'),
    });
    for (const name of ['known', 'new'])
      await expect(creator.create(alice, widget(namespace, name))).rejects.toMatchObject({
        code: 'DENIED',
        httpStatus: 403,
      });
    expect(client.calls).toEqual([]);
  });

  test('fails for the operator to mend when this service may not do its own part', async () => {
    const forbidden = apiErrorFrom(403, JSON.stringify({ kind: 'Status', message: 'no' }), 'PUT');
    const { creator } = creating(namespace, [], {}, { next: () => Promise.reject(forbidden) });
    await expect(creator.create(alice, widget(namespace, 'a'))).rejects.toMatchObject({
      code: 'SERVICE',
      cause: forbidden,
    });
  });
});
