import { describe, expect, test } from 'vitest';

import { agentTaskHistory } from '../../../../history/agenttask/kind.ts';
import type { HistoryStore, Operation } from '../../../../history/store.ts';
import { aLighthouse, lighthouseHistory, lighthouseUid, lit } from '../lighthouse.ts';
import { complete, endedAt, see, task, uidOf } from '../samples.ts';
import type { StoreSite } from './site.ts';

const kinds = [agentTaskHistory, lighthouseHistory];

function operation(uid: string, name: string, number: number, minute: number): Operation {
  return { uid, operation: name, number, user: 'ann', requestId: `r-${number}`, time: `2026-11-21T12:0${minute}:00Z` };
}

async function told(store: HistoryStore, uid: string): Promise<readonly string[]> {
  return (await store.operations(uid)).map(({ operation: name, number }) => `${name} ${number}`);
}

/** Who did what. */
export function operationContract(newSite: () => Promise<StoreSite>): void {
  const open = async (): Promise<HistoryStore> => (await newSite()).open({ kinds });
  describe('operations', () => {
    test('on a task come in the order of their time, each once, also after its end', async () => {
      const store = await open();
      await complete(store, task(1, {}, endedAt('2026-11-21T12:00:09Z')));
      const stop = operation(uidOf(1), 'stop', 1, 2);
      await see(store, [], [stop]);
      await see(store, [], [operation(uidOf(1), 'edit', 2, 1), stop]);
      expect(await store.operations(uidOf(1))).toEqual([
        {
          uid: uidOf(1),
          operation: 'create',
          number: 0,
          user: 'orion',
          requestId: 'request-1',
          time: '2026-11-21T12:00:00Z',
        },
        operation(uidOf(1), 'edit', 2, 1),
        stop,
      ]);
    });

    test('that differ in their request are two, whatever else they have in common', async () => {
      const store = await open();
      const stop = operation(uidOf(1), 'stop', 0, 2);
      await see(store, [task(1)], [stop, { ...stop, requestId: 'another' }, stop]);
      expect(await told(store, uidOf(1))).toEqual(['stop 0', 'stop 0']);
    });

    test('on what never ends are recorded once for all its generations', async () => {
      const store = await open();
      const edits = [1, 2, 3].map((number) => operation(lighthouseUid, 'edit', number, number));
      await store.complete(lighthouseHistory, aLighthouse(1, 'red', lit(1)), {}, edits.slice(0, 1));
      await store.see(lighthouseHistory, [aLighthouse(3, 'white')], edits);
      const last = aLighthouse(3, 'white', lit(3), { deletionTimestamp: '2026-11-21T12:05:00Z' });
      await store.complete(lighthouseHistory, last, {}, [...edits, operation(lighthouseUid, 'delete', 0, 5)]);
      expect(await told(store, lighthouseUid)).toEqual(['edit 1', 'edit 2', 'edit 3', 'delete 0']);
    });

    test('on what nobody has recorded are left out', async () => {
      const store = await open();
      await see(store, [task(1)], [operation(uidOf(2), 'stop', 1, 1)]);
      expect(await store.operations(uidOf(2))).toEqual([]);
    });

    test('of a namespace come the latest first, over all kinds, and no more than asked for', async () => {
      const store = await open();
      await see(
        store,
        [task(1), task(2), task(3, { namespace: 'elsewhere' })],
        [operation(uidOf(2), 'stop', 1, 1), operation(uidOf(3), 'stop', 1, 1), operation(uidOf(1), 'edit', 1, 2)],
      );
      await store.see(lighthouseHistory, [aLighthouse(1, 'red')], [operation(lighthouseUid, 'edit', 1, 3)]);
      const all = await store.operationsIn('fleet', 10);
      expect(all.map(({ kind, name, operation: what, user }) => `${user} ${what} ${kind} ${name}`)).toEqual([
        'ann edit AgentTask task-1',
        'ann stop AgentTask task-2',
      ]);
      const [latest, before] = all.map(({ id }) => id);
      expect(latest).toBeGreaterThan(before ?? Number.NaN);
      expect(await store.operationsIn('fleet', 1)).toEqual(all.slice(0, 1));
      expect(await store.operationsIn('fleet', 9, latest)).toEqual(all.slice(1));
      expect((await store.operationsIn(undefined, 10)).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
        'Lighthouse cape',
      ]);
    });
  });
}
