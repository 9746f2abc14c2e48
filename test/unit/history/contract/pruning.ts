import { describe, expect, test } from 'vitest';

import { agentTaskHistory } from '../../../../history/agenttask/kind.ts';
import { stepsOf, tasksByCorrelation } from '../../../../history/agenttask/lookups.ts';
import { operationsOf } from '../../../../history/recorder/operations.ts';
import { aLighthouse, lighthouseHistory, lighthouseUid, lit } from '../lighthouse.ts';
import { complete, endedAt, find, see, steps, task, uidOf } from '../samples.ts';
import type { StoreSite } from './site.ts';

const day = (number: number): string => `2026-11-${String(number).padStart(2, '0')}T12:00:00Z`;
const ended = (number: number, on: number) => task(number, { creationTimestamp: day(1) }, endedAt(day(on)));

/** What is forgotten, and what never is. */
export function pruningContract(newSite: () => Promise<StoreSite>): void {
  describe('a task of which the time is over', () => {
    test('keeps name, id, phase and times, and nothing else', async () => {
      const store = await (await newSite()).open();
      await complete(store, ended(1, 5), steps);
      expect(await store.prune(new Date(day(6)), 10)).toBe(1);
      const { metadata } = ended(1, 5);
      const left = {
        apiVersion: 'fleetwright.io/v1alpha1',
        kind: 'AgentTask',
        metadata: {
          namespace: 'fleet',
          name: 'task-1',
          uid: uidOf(1),
          creationTimestamp: day(1),
          labels: metadata.labels,
        },
        spec: {},
        status: { phase: 'PartlySucceeded', startTime: '2026-11-21T12:00:01Z', completionTime: day(5) },
      };
      expect(await find(store, 'task-1')).toEqual({ object: left, complete: true, pruned: true });
      expect(await find(store, 1)).toEqual({ object: left, complete: true, pruned: true });
      expect(await store.highestId(agentTaskHistory)).toBe(1);
      expect(await store.knowledge(agentTaskHistory, task(1))).toBe('complete');
      expect([
        await stepsOf(store, [uidOf(1)]),
        await store.operations(uidOf(1)),
        await tasksByCorrelation(store, 'fleet', { correlationID: '16-16', source: 'hubble' }, 9),
      ]).toEqual([[], [], []]);
    });

    test('does not come back by being seen or recorded again', async () => {
      const store = await (await newSite()).open();
      await complete(store, ended(1, 5), steps);
      await store.prune(new Date(day(6)), 10);
      await see(store, [ended(1, 5)], operationsOf(ended(1, 5)));
      await complete(store, ended(1, 5), steps);
      expect((await find(store, 1))?.pruned).toBe(true);
      expect([await stepsOf(store, [uidOf(1)]), await store.operations(uidOf(1))]).toEqual([[], []]);
    });
  });

  test('tasks are pruned in the order of their end, as many as asked for, never before they have ended', async () => {
    const store = await (await newSite()).open();
    for (const [number, on] of [
      [1, 9],
      [2, 3],
      [3, 5],
      [4, 20],
    ] as const)
      await complete(store, ended(number, on));
    await see(store, [task(5, { creationTimestamp: day(1) })]);
    expect(await store.prune(new Date(day(10)), 2)).toBe(2);
    const pruned = async (): Promise<readonly boolean[]> =>
      Promise.all([1, 2, 3, 4, 5].map(async (number) => (await find(store, number))?.pruned === true));
    expect(await pruned()).toEqual([false, true, true, false, false]);
    expect(await store.prune(new Date(day(10)), 2)).toBe(1);
    expect(await store.prune(new Date(day(10)), 2)).toBe(0);
    expect(await pruned()).toEqual([true, true, true, false, false]);
  });

  test('of what never ends old generations are pruned, and never the one that goes on', async () => {
    let now = new Date(day(2));
    const clock = { now: () => now };
    const store = await (await newSite()).open({ clock, kinds: [lighthouseHistory] });
    const change = (number: number, on: number) => ({
      uid: lighthouseUid,
      operation: 'edit',
      number,
      user: 'ann',
      requestId: `r-${number}`,
      time: day(on),
    });
    await store.complete(lighthouseHistory, aLighthouse(1, 'red', lit(1, [{ name: 'lamp' }])), {}, [change(1, 1)]);
    now = new Date(day(5));
    const third = aLighthouse(3, 'green', { phase: 'Turning' });
    await store.see(lighthouseHistory, [aLighthouse(2, 'white'), third], [change(1, 1), change(2, 5)]);
    expect(await store.prune(new Date(day(3)), 10)).toBe(1);
    const found = await store.byUid(lighthouseHistory, lighthouseUid);
    expect(found.map(({ object, pruned, complete: done }) => [object.spec.colour, done, pruned === true])).toEqual([
      ['red', true, true],
      ['white', true, false],
      ['green', false, false],
    ]);
    expect(found[0]?.object.status).toEqual({ phase: 'Lit' });
    // An operation that was forgotten stays so, although the object still lists it.
    await store.see(lighthouseHistory, [third], [change(1, 1), change(2, 5)]);
    expect((await store.operations(lighthouseUid)).map(({ number }) => number)).toEqual([2]);
    expect(await store.prune(new Date(day(20)), 10)).toBe(1);
    expect((await store.byName(lighthouseHistory, { name: 'cape' }))?.object).toEqual(third);
  });
}
