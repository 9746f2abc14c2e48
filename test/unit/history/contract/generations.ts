import { describe, expect, test } from 'vitest';

import { agentTaskHistory } from '../../../../history/agenttask/kind.ts';
import type { HistoryStore } from '../../../../history/store.ts';
import { idLabel } from '../../../../crds/labels.ts';
import { aLighthouse, lighthouseHistory, lighthouseUid, lit } from '../lighthouse.ts';
import { complete, endedAt, see, task, uidOf } from '../samples.ts';
import type { StoreSite } from './site.ts';

const kinds = [agentTaskHistory, lighthouseHistory];
const turning = { phase: 'Turning' } as const;
const lamps = [
  { name: 'upper', hours: 0 },
  { name: 'lower', remark: 'flickers' },
] as const;

async function recorded(store: HistoryStore): Promise<readonly string[]> {
  return (await store.byUid(lighthouseHistory, lighthouseUid)).map(
    ({ object, complete: done }) =>
      `${object.metadata.generation} ${object.spec.colour} ${object.status?.phase ?? ''} ${done ? 'complete' : 'seen'}`,
  );
}

/** Of a kind whose objects never end, and belong to no namespace. */
export function generationContract(newSite: () => Promise<StoreSite>): void {
  const open = async (): Promise<HistoryStore> => (await newSite()).open({ kinds });
  describe('an object that never ends', () => {
    test('has a record for each generation, whole with its parts, and is found as it was last', async () => {
      const store = await open();
      await store.complete(lighthouseHistory, aLighthouse(1, 'red', lit(1, lamps)), {}, []);
      await store.complete(lighthouseHistory, aLighthouse(2, 'red', lit(2)), {}, []);
      expect(await store.byUid(lighthouseHistory, lighthouseUid)).toEqual([
        { object: aLighthouse(1, 'red', lit(1, lamps)), complete: true },
        { object: aLighthouse(2, 'red', lit(2)), complete: true },
      ]);
      expect(await store.byName(lighthouseHistory, { name: 'cape' })).toEqual({
        object: aLighthouse(2, 'red', lit(2)),
        complete: true,
      });
    });

    test('is recorded once for each generation, without what is not to be known', async () => {
      const store = await open();
      const secret = { ...aLighthouse(1, 'red', lit(1)), spec: { colour: 'red', key: 'secret' } };
      await store.complete(lighthouseHistory, secret, {}, []);
      await store.complete(lighthouseHistory, aLighthouse(1, 'blue', turning), {}, []);
      await store.see(lighthouseHistory, [aLighthouse(1, 'blue', turning)], []);
      expect(await store.byUid(lighthouseHistory, lighthouseUid)).toEqual([
        { object: aLighthouse(1, 'red', lit(1)), complete: true },
      ]);
    });

    test('ends a generation with the sight of the next one, as it was seen last', async () => {
      const store = await open();
      await store.see(lighthouseHistory, [aLighthouse(1, 'red')], []);
      await store.see(lighthouseHistory, [aLighthouse(1, 'red', { ...turning, lamps })], []);
      await store.see(lighthouseHistory, [aLighthouse(2, 'white', turning)], []);
      expect(await recorded(store)).toEqual(['1 red Turning complete', '2 white Turning seen']);
      expect((await store.byUid(lighthouseHistory, lighthouseUid))[0]?.object.status?.lamps).toEqual(lamps);
      // Of a recorder that was shown the past.
      await store.see(lighthouseHistory, [aLighthouse(1, 'blue')], []);
      expect(await recorded(store)).toEqual(['1 red Turning complete', '2 white Turning seen']);
    });

    test('heard of in the wrong order, leaves no earlier generation open', async () => {
      const store = await open();
      await store.complete(lighthouseHistory, aLighthouse(3, 'green', lit(3)), {}, []);
      await store.see(lighthouseHistory, [aLighthouse(2, 'white', turning)], []);
      expect(await recorded(store)).toEqual(['2 white Turning complete', '3 green Lit complete']);
      expect(await store.unfinished(lighthouseHistory, undefined, undefined, 10)).toEqual([]);
    });

    test('is known by its generation', async () => {
      const store = await open();
      await store.complete(lighthouseHistory, aLighthouse(1, 'red', lit(1)), {}, []);
      await store.see(lighthouseHistory, [aLighthouse(2, 'white')], []);
      const knowledge = [1, 2, 3].map((generation) =>
        store.knowledge(lighthouseHistory, aLighthouse(generation, 'red')),
      );
      expect(await Promise.all(knowledge)).toEqual(['complete', 'seen', 'none']);
    });

    test('is another one when it is made anew under its name', async () => {
      const store = await open();
      await store.complete(lighthouseHistory, aLighthouse(4, 'red', lit(4)), {}, []);
      const anew = aLighthouse(1, 'blue', lit(1), { uid: 'another', creationTimestamp: '2026-11-22T12:00:00Z' });
      await store.complete(lighthouseHistory, anew, {}, []);
      expect((await store.byName(lighthouseHistory, { name: 'cape' }))?.object).toEqual(anew);
      expect(await recorded(store)).toEqual(['4 red Lit complete']);
    });

    test('is found by the fields of its kind, as they are now', async () => {
      const store = await open();
      const red = async (): Promise<readonly number[]> =>
        (await store.byField(lighthouseHistory, undefined, { name: 'colour', value: 'red' }, 10)).map(
          ({ object }) => object.metadata.generation ?? 0,
        );
      await store.see(lighthouseHistory, [aLighthouse(1, 'red')], []);
      expect(await red()).toEqual([1]);
      await store.see(lighthouseHistory, [aLighthouse(1, 'blue')], []);
      expect(await red()).toEqual([]);
      for (const generation of [2, 3, 4])
        await store.complete(lighthouseHistory, aLighthouse(generation, 'red', lit(generation)), {}, []);
      expect(await red()).toEqual([2, 3, 4]);
      expect(await store.byField(lighthouseHistory, undefined, { name: 'shape', value: 'red' }, 10)).toEqual([]);
      expect(await store.byField(lighthouseHistory, 'fleet', { name: 'colour', value: 'red' }, 10)).toEqual([]);
    });

    test('has attachments of its own for each generation', async () => {
      const store = await open();
      const sighting = [{ ship: 'Fram', hour: 3 }, { ship: 'Gjoa' }];
      await store.complete(lighthouseHistory, aLighthouse(2, 'red', lit(2)), { sighting: sighting.slice(1) }, []);
      await store.complete(lighthouseHistory, aLighthouse(1, 'red', lit(1)), { sighting }, []);
      const rows = async (where?: { readonly column: string; readonly value: string }, limit?: number) =>
        (await store.rows(lighthouseHistory, 'sighting', [lighthouseUid, 'no such'], where, limit)).map(
          ({ row }) => row,
        );
      expect(await rows()).toEqual([...sighting, { ship: 'Gjoa' }]);
      expect(await rows({ column: 'ship', value: 'Gjoa' }, 1)).toEqual([{ ship: 'Gjoa' }]);
    });
  });

  test('kinds are kept apart, by their names, ids and the end that is missing', async () => {
    const store = await open();
    await see(store, [task(7, { name: 'cape' })]);
    await complete(store, task(9, {}, endedAt('2026-11-21T12:00:09Z')));
    await store.see(lighthouseHistory, [aLighthouse(1, 'red', turning, { labels: { [idLabel]: '3' } })], []);
    expect(await store.highestId(agentTaskHistory)).toBe(9);
    expect(await store.highestId(lighthouseHistory)).toBe(3);
    expect((await store.byId(lighthouseHistory, undefined, 3))?.object.spec.colour).toBe('red');
    expect(await store.byId(agentTaskHistory, 'fleet', 3)).toBeUndefined();
    expect(await store.byId(lighthouseHistory, undefined, 9)).toBeUndefined();
    expect((await store.byName(agentTaskHistory, { namespace: 'fleet', name: 'cape' }))?.object.kind).toBe('AgentTask');
    expect(await store.byUid(lighthouseHistory, uidOf(7))).toEqual([]);
    const [task7] = await store.unfinished(agentTaskHistory, undefined, undefined, 10);
    const [cape, ...none] = await store.unfinished(lighthouseHistory, undefined, undefined, 10);
    expect([task7?.metadata.uid, cape?.metadata.uid, none]).toEqual([uidOf(7), lighthouseUid, []]);
  });
}
