import { describe, expect, test } from 'vitest';

import { idLabel } from '../../../crds/labels.ts';
import { operationsOf } from '../../../history/recorder/operations.ts';
import { endedAt, historyPath, openStore, steps, task, uidOf } from './samples.ts';

const ended = (number: number, at = '2026-11-21T12:00:09Z') => task(number, {}, endedAt(at));
const same = (number: number, minute: number, namespace = 'fleet') =>
  task(
    number,
    { name: 'same', namespace, creationTimestamp: `2026-11-21T12:0${minute}:00Z` },
    endedAt('2026-11-21T13:00:00Z'),
  );

describe('a task that has ended', () => {
  test('comes back as it was, with hosts, log and operations', async () => {
    const store = await openStore();
    await store.complete(ended(1), steps, operationsOf(ended(1)));
    expect(await store.byName('fleet', 'task-1')).toEqual({ task: ended(1), complete: true });
    expect(await store.byId('fleet', 1)).toEqual({ task: ended(1), complete: true });
    expect(await store.steps([uidOf(1)])).toEqual(steps.map((step) => ({ uid: uidOf(1), ...step })));
    expect(await store.operations(uidOf(1))).toEqual([
      {
        uid: uidOf(1),
        operation: 'create',
        user: 'orion',
        requestId: 'request-1',
        source: 'hubble',
        correlationID: '16-16',
        time: '2026-11-21T12:00:00Z',
      },
    ]);
  });

  test('is recorded without content and variables, and without annotations of others', async () => {
    const store = await openStore();
    const given = ended(1);
    const annotations = {
      ...given.metadata.annotations,
      'kubectl.kubernetes.io/last-applied-configuration': '{"spec":{"content":"- secret"}}',
    };
    await store.complete(
      {
        ...given,
        metadata: { ...given.metadata, annotations, finalizers: ['x/y'], resourceVersion: '7' },
        spec: { ...given.spec, content: '- secret', variables: { secret: 1 } },
      },
      [],
      [],
    );
    expect(await store.byId('fleet', 1)).toEqual({ task: given, complete: true });
  });

  test('is recorded once: what comes later changes nothing', async () => {
    const store = await openStore();
    await store.complete(ended(1), steps, operationsOf(ended(1)));
    await store.complete(ended(1, '2026-11-21T13:00:00Z'), [], operationsOf(ended(1)));
    await store.see([task(1)], []);
    expect(await store.byId('fleet', 1)).toEqual({ task: ended(1), complete: true });
    expect(await store.steps([uidOf(1)])).toHaveLength(steps.length);
    expect(await store.operations(uidOf(1))).toHaveLength(1);
  });

  test('keeps the hosts of its spec where these are not those of the results', async () => {
    const store = await openStore();
    const other = { ...ended(1), spec: { hosts: ['host-b', 'host-a', 'host-c'] } };
    const group = { ...ended(2), spec: { groupRef: { name: 'batch' } } };
    const none = task(3, {}, { phase: 'Failed', hosts: [] });
    for (const each of [other, group, none]) {
      await store.complete(each, [], []);
      expect((await store.byName('fleet', each.metadata.name))?.task).toEqual(each);
    }
  });

  test('takes operations that came after its end, each once', async () => {
    const store = await openStore();
    await store.complete(ended(1), [], operationsOf(ended(1)));
    const stop = {
      ...task(1),
      uid: uidOf(1),
      operation: 'stop',
      user: 'jupiter',
      requestId: 'r',
      source: 'hubble',
      correlationID: '16-16',
      time: '2026-11-21T12:01:00Z',
    } as const;
    await store.see([], [stop]);
    await store.see([], [stop, { ...stop, requestId: 'again' }]);
    expect((await store.operations(uidOf(1))).map(({ operation, requestId }) => `${operation} ${requestId}`)).toEqual([
      'create request-1',
      'stop again',
      'stop r',
    ]);
  });
});

describe('a task that goes on', () => {
  test('is known by name and id from its first sight, and changes until it has ended', async () => {
    const store = await openStore();
    const { labels: _, ...unlabelled } = task(1).metadata;
    await store.see([{ ...task(1), metadata: unlabelled }], []);
    expect(await store.byName('fleet', 'task-1')).toEqual({
      task: { ...task(1), metadata: unlabelled },
      complete: false,
    });
    expect(await store.byId('fleet', 1)).toBeUndefined();
    const running = task(1, {}, { phase: 'Running', hosts: [{ name: 'host-a', result: 'ok' }] });
    await store.see([running], []);
    expect(await store.byId('fleet', 1)).toEqual({ task: running, complete: false });
    await store.complete(ended(1), steps, []);
    expect(await store.byId('fleet', 1)).toEqual({ task: ended(1), complete: true });
  });

  test('is among the unfinished ones, page by page', async () => {
    const store = await openStore();
    await store.see(
      [1, 2, 3, 4].map((number) => task(number)),
      [],
    );
    await store.see([task(5, { namespace: 'elsewhere' })], []);
    await store.complete(ended(2), [], []);
    const names = async (namespace?: string, after?: string, limit = 10): Promise<readonly string[]> =>
      (await store.unfinished(namespace, after, limit)).map(({ metadata }) => metadata.name);
    expect(await names()).toEqual(['task-1', 'task-3', 'task-4', 'task-5']);
    expect(await names('fleet', undefined, 2)).toEqual(['task-1', 'task-3']);
    expect(await names('fleet', uidOf(3), 2)).toEqual(['task-4']);
    // The one to go on from may have ended meanwhile.
    expect(await names('fleet', uidOf(2), 1)).toEqual(['task-3']);
  });

  test('tells how much is known of it', async () => {
    const store = await openStore();
    expect(await store.knowledge(uidOf(1))).toBe('none');
    await store.see([task(1)], []);
    expect(await store.knowledge(uidOf(1))).toBe('seen');
    await store.complete(ended(1), [], []);
    expect(await store.knowledge(uidOf(1))).toBe('complete');
  });
});

describe('looking up', () => {
  test('finds the latest of several tasks of one name, within the namespace', async () => {
    const store = await openStore();
    for (const each of [same(1, 1), same(3, 3), same(2, 2), same(4, 4, 'elsewhere')])
      await store.complete(each, [], []);
    expect((await store.byName('fleet', 'same'))?.task.metadata.uid).toBe(uidOf(3));
    expect(await store.byName('nowhere', 'same')).toBeUndefined();
    expect(await store.byId('fleet', 4)).toBeUndefined();
  });

  test('finds by correlation id and source the latest tasks, in the order of their creation', async () => {
    const store = await openStore();
    for (const number of [3, 1, 4, 2])
      await store.complete(
        task(number, { creationTimestamp: `2026-11-21T12:0${number}:00Z` }, endedAt('2026-11-21T13:00:00Z')),
        [],
        [],
      );
    await store.complete({ ...ended(5), spec: { ...ended(5).spec, source: 'orion' } }, [], []);
    const found = await store.byCorrelation('fleet', '16-16', 'hubble', 3);
    expect(found.map(({ task: { metadata } }) => metadata.name)).toEqual(['task-2', 'task-3', 'task-4']);
    expect(await store.byCorrelation('elsewhere', '16-16', 'hubble', 3)).toEqual([]);
  });

  test('gives the logs of several tasks in their order, of one host, and no more than asked for', async () => {
    const store = await openStore();
    for (const number of [1, 2]) await store.complete(ended(number), steps, []);
    const seen = async (host?: string, limit?: number): Promise<readonly string[]> =>
      (await store.steps([uidOf(2), uidOf(9), uidOf(1)], host, limit)).map(
        (step) => `${Number(step.uid.slice(-4))} ${step.host} ${step.result}`,
      );
    expect(await seen()).toEqual([
      '2 host-a ok',
      '2 host-b unreachable',
      '2 host-a failed',
      '2 host-a running',
      '1 host-a ok',
      '1 host-b unreachable',
      '1 host-a failed',
      '1 host-a running',
    ]);
    expect(await seen('host-b')).toEqual(['2 host-b unreachable', '1 host-b unreachable']);
    expect(await seen(undefined, 5)).toHaveLength(5);
    expect(await seen('no such host')).toEqual([]);
  });

  test('knows the highest id, and takes no label for one that is more than a number holds', async () => {
    const store = await openStore();
    expect(await store.highestId()).toBe(0);
    await store.see([task(7), task(3), task(8, { labels: { [idLabel]: '9999999999999999' } })], []);
    expect(await store.highestId()).toBe(7);
    expect((await store.byName('fleet', 'task-8'))?.task.metadata.labels).toEqual({ [idLabel]: '9999999999999999' });
  });
});

describe('several connections', () => {
  test('read what another one has written, and may only write where that was asked for', async () => {
    const path = await historyPath();
    const reader = await openStore(path, { readOnly: true });
    const writer = await openStore(path);
    expect(await reader.byId('fleet', 1)).toBeUndefined();
    await writer.complete(ended(1), steps, []);
    expect(await reader.byId('fleet', 1)).toEqual({ task: ended(1), complete: true });
    await expect(reader.see([task(2)], [])).rejects.toMatchObject({ code: 'HISTORY_NOT_WRITABLE' });
  });

  test('record each task once, whoever comes first', async () => {
    const path = await historyPath();
    const stores = [await openStore(path), await openStore(path)];
    const numbers = Array.from({ length: 40 }, (_, index) => index + 1);
    await Promise.all(
      stores.flatMap((store) =>
        numbers.map((number) => store.complete(ended(number), steps, operationsOf(ended(number)))),
      ),
    );
    for (const number of numbers) {
      expect(await stores[0]?.steps([uidOf(number)])).toHaveLength(steps.length);
      expect(await stores[1]?.operations(uidOf(number))).toHaveLength(1);
    }
  });

  test('refuse to work once they are closed, after what was begun is on the disk', async () => {
    const path = await historyPath();
    const store = await openStore(path);
    const writing = store.complete(ended(1), steps, []);
    await store.close();
    await writing;
    await expect(store.byId('fleet', 1)).rejects.toMatchObject({ code: 'HISTORY_CLOSED' });
    expect((await (await openStore(path)).byId('fleet', 1))?.complete).toBe(true);
  });
});
