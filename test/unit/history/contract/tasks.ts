import { describe, expect, test } from 'vitest';

import { idLabel } from '../../../../crds/labels.ts';
import { isReversible } from '../../../../crds/rollbacks.ts';
import { agentTaskHistory } from '../../../../history/agenttask/kind.ts';
import { stepsOf, tasksByCorrelation } from '../../../../history/agenttask/lookups.ts';
import { operationsOf } from '../../../../history/recorder/operations.ts';
import { complete, endedAt, find, see, steps, task, uidOf } from '../samples.ts';
import type { StoreSite } from './site.ts';

const ended = (number: number, at = '2026-11-21T12:00:09Z') => task(number, {}, endedAt(at));
const same = (number: number, minute: number, namespace = 'fleet') =>
  task(
    number,
    { name: 'same', namespace, creationTimestamp: `2026-11-21T12:0${minute}:00Z` },
    endedAt('2026-11-21T13:00:00Z'),
  );

/** Of a kind whose objects end, and are namespaced. */
export function taskContract(newSite: () => Promise<StoreSite>): void {
  describe('a task that has ended', () => {
    test('comes back as it was, with hosts, log and operations', async () => {
      const store = await (await newSite()).open();
      await complete(store, ended(1), steps);
      expect(await find(store, 'task-1')).toEqual({ object: ended(1), complete: true });
      expect(await find(store, 1)).toEqual({ object: ended(1), complete: true });
      expect(await stepsOf(store, [uidOf(1)])).toEqual(steps.map((step) => ({ uid: uidOf(1), ...step })));
      expect(await store.operations(uidOf(1))).toEqual(operationsOf(ended(1)));
    });

    test('is recorded without content and variables, and without annotations of others', async () => {
      const store = await (await newSite()).open();
      const given = ended(1);
      const annotations = {
        ...given.metadata.annotations,
        'kubectl.kubernetes.io/last-applied-configuration': '{"spec":{"content":"- secret"}}',
      };
      await complete(store, {
        ...given,
        metadata: { ...given.metadata, annotations, finalizers: ['x/y'], resourceVersion: '7' },
        spec: { ...given.spec, content: '- secret', variables: { secret: 1 } },
      });
      expect(await find(store, 1)).toEqual({ object: given, complete: true });
    });

    test('is known to have named a version to which it can be taken back, and not which', async () => {
      const store = await (await newSite()).open();
      const named = (number: number, version: unknown) => {
        const given = ended(number);
        return { ...given, spec: { ...given.spec, variables: { _rollbackVersion_: version, version: 'secret' } } };
      };
      await see(store, [named(1, 'secret-7')]);
      expect((await find(store, 1))?.object).toSatisfy(isReversible);
      // It may vanish, and is then recorded as it was seen last.
      for (const seen of await store.unfinished(agentTaskHistory, 'fleet', undefined, 9)) await complete(store, seen);
      await complete(store, named(2, ''));
      await complete(store, ended(3));
      const found = await Promise.all([1, 2, 3].map(async (number) => find(store, number)));
      expect(found.map((each) => each !== undefined && isReversible(each.object))).toEqual([true, false, false]);
      expect(JSON.stringify(found)).not.toContain('secret');
    });

    test('is recorded once: what comes later changes nothing', async () => {
      const store = await (await newSite()).open();
      await complete(store, ended(1), steps);
      await complete(store, ended(1, '2026-11-21T13:00:00Z'));
      await see(store, [task(1)]);
      expect(await find(store, 1)).toEqual({ object: ended(1), complete: true });
      expect(await stepsOf(store, [uidOf(1)])).toHaveLength(steps.length);
      expect(await store.operations(uidOf(1))).toHaveLength(1);
    });

    test('keeps the hosts of its spec where these are not those of the results', async () => {
      const store = await (await newSite()).open();
      const other = { ...ended(1), spec: { hosts: ['host-b', 'host-a', 'host-c'] } };
      const group = { ...ended(2), spec: { groupRef: { name: 'batch' } } };
      const none = task(3, {}, { phase: 'Failed', hosts: [] });
      for (const each of [other, group, none]) {
        await complete(store, each);
        expect((await find(store, each.metadata.name))?.object).toEqual(each);
      }
    });
  });

  describe('a task that goes on', () => {
    test('is known by name and id from its first sight, and changes until it has ended', async () => {
      const store = await (await newSite()).open();
      const { labels: _, ...unlabelled } = task(1).metadata;
      await see(store, [{ ...task(1), metadata: unlabelled }]);
      expect(await find(store, 'task-1')).toEqual({
        object: { ...task(1), metadata: unlabelled },
        complete: false,
      });
      expect(await find(store, 1)).toBeUndefined();
      const running = task(1, {}, { phase: 'Running', hosts: [{ name: 'host-a', result: 'ok' }] });
      await see(store, [running]);
      expect(await find(store, 1)).toEqual({ object: running, complete: false });
      await complete(store, ended(1), steps);
      expect(await find(store, 1)).toEqual({ object: ended(1), complete: true });
    });

    test('is among the unfinished ones, page by page', async () => {
      const store = await (await newSite()).open();
      await see(
        store,
        [1, 2, 3, 4].map((number) => task(number)),
      );
      await see(store, [task(5, { namespace: 'elsewhere' })]);
      await complete(store, ended(2));
      const names = async (namespace?: string, after?: string, limit = 10): Promise<readonly string[]> =>
        (await store.unfinished(agentTaskHistory, namespace, after, limit)).map(({ metadata }) => metadata.name);
      expect(await names()).toEqual(['task-1', 'task-3', 'task-4', 'task-5']);
      expect(await names('fleet', undefined, 2)).toEqual(['task-1', 'task-3']);
      expect(await names('fleet', uidOf(3), 2)).toEqual(['task-4']);
      // The one to go on from may have ended meanwhile.
      expect(await names('fleet', uidOf(2), 1)).toEqual(['task-3']);
    });

    test('tells how much is known of it', async () => {
      const store = await (await newSite()).open();
      expect(await store.knowledge(agentTaskHistory, task(1))).toBe('none');
      await see(store, [task(1)]);
      expect(await store.knowledge(agentTaskHistory, task(1))).toBe('seen');
      await complete(store, ended(1));
      expect(await store.knowledge(agentTaskHistory, task(1))).toBe('complete');
    });
  });

  describe('looking up', () => {
    test('finds the latest of several tasks of one name, within the namespace', async () => {
      const store = await (await newSite()).open();
      for (const each of [same(1, 1), same(3, 3), same(2, 2), same(4, 4, 'elsewhere')]) await complete(store, each);
      expect((await find(store, 'same'))?.object.metadata.uid).toBe(uidOf(3));
      expect(await store.byName(agentTaskHistory, { namespace: 'nowhere', name: 'same' })).toBeUndefined();
      expect(await find(store, 4)).toBeUndefined();
    });

    test('finds by correlation id and source the latest tasks, in the order of their creation', async () => {
      const store = await (await newSite()).open();
      for (const number of [3, 1, 4, 2])
        await complete(
          store,
          task(number, { creationTimestamp: `2026-11-21T12:0${number}:00Z` }, endedAt('2026-11-21T13:00:00Z')),
        );
      await complete(store, { ...ended(5), spec: { ...ended(5).spec, source: 'orion' } });
      const found = await tasksByCorrelation(store, 'fleet', { correlationID: '16-16', source: 'hubble' }, 3);
      expect(found.map(({ object: { metadata } }) => metadata.name)).toEqual(['task-2', 'task-3', 'task-4']);
      expect(await tasksByCorrelation(store, 'elsewhere', { correlationID: '16-16', source: 'hubble' }, 3)).toEqual([]);
    });

    test('gives the logs of several tasks in their order, of one host, and no more than asked for', async () => {
      const store = await (await newSite()).open();
      for (const number of [1, 2]) await complete(store, ended(number), steps);
      const seen = async (host?: string, limit?: number): Promise<readonly string[]> =>
        (await stepsOf(store, [uidOf(2), uidOf(9), uidOf(1)], host, limit)).map(
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
      const store = await (await newSite()).open();
      expect(await store.highestId(agentTaskHistory)).toBe(0);
      await see(store, [task(7), task(3), task(8, { labels: { [idLabel]: '9999999999999999' } })]);
      expect(await store.highestId(agentTaskHistory)).toBe(7);
      expect((await find(store, 'task-8'))?.object.metadata.labels).toEqual({ [idLabel]: '9999999999999999' });
    });
  });

  describe('several connections', () => {
    test('read what another one has written, and may only write where that was asked for', async () => {
      const site = await newSite();
      const reader = await site.open({ readOnly: true });
      const writer = await site.open();
      expect(await find(reader, 1)).toBeUndefined();
      await complete(writer, ended(1), steps);
      expect(await find(reader, 1)).toEqual({ object: ended(1), complete: true });
      await expect(see(reader, [task(2)])).rejects.toMatchObject({ code: 'HISTORY_NOT_WRITABLE' });
    });

    test('record each task once, whoever comes first', async () => {
      const site = await newSite();
      const first = await site.open();
      const second = await site.open();
      const numbers = Array.from({ length: 40 }, (_, index) => index + 1);
      await Promise.all(
        [first, second].flatMap((store) => numbers.map((number) => complete(store, ended(number), steps))),
      );
      for (const number of numbers) {
        expect(await stepsOf(first, [uidOf(number)])).toHaveLength(steps.length);
        expect(await second.operations(uidOf(number))).toHaveLength(1);
      }
    });

    test('refuse to work once they are closed, after what was begun is on the disk', async () => {
      const site = await newSite();
      const store = await site.open();
      const writing = complete(store, ended(1), steps);
      await store.close();
      await writing;
      await expect(find(store, 1)).rejects.toMatchObject({ code: 'HISTORY_CLOSED' });
      expect((await find(await site.open(), 1))?.complete).toBe(true);
    });
  });
}
