import { describe, expect, test } from 'vitest';

import { historyFinalizer } from '../../../../crds/labels.ts';
import type { AgentTaskPhase } from '../../../../crds/types/agenttask.ts';
import { agentTaskHistory } from '../../../../history/agenttask/kind.ts';
import { plan, type Intent } from '../../../../history/recorder/plan.ts';
import type { Knowledge } from '../../../../history/store.ts';
import { task } from '../samples.ts';

const created = Date.parse('2026-11-21T12:00:00Z');
const ours = historyFinalizer;
const theirs = 'fleetwright.io/agenttask';

interface Case {
  readonly phase?: AgentTaskPhase;
  readonly knowledge?: Knowledge;
  readonly told?: boolean;
  readonly finalizers?: readonly string[];
  readonly deleted?: boolean;
  /** Seconds since the task was made, by the clock. */
  readonly age?: number;
  /** Seconds since this process saw it first. */
  readonly knownFor?: number;
}

function planned({
  phase,
  knowledge = 'seen',
  told = true,
  finalizers = [ours, theirs],
  deleted = false,
  age = 60,
  knownFor = 1,
}: Case): ReturnType<typeof plan> {
  const given = task(
    1,
    { finalizers, ...(deleted ? { deletionTimestamp: '2026-11-21T12:00:01Z' } : {}) },
    phase === undefined ? undefined : { phase },
  );
  const observed = { object: given, knowledge, toldAll: told, knownFor: knownFor * 1000 };
  return plan(agentTaskHistory, observed, new Date(created + age * 1000));
}

describe('what is done about a task', () => {
  test('one that failed before anything of it ran may be corrected, and is recorded when it goes', () => {
    const refused = task(1, { finalizers: [ours] }, { phase: 'Failed' });
    const { source: _, ...spec } = refused.spec;
    const now = new Date(created + 60_000);
    const intents = (change: object): readonly Intent[] =>
      plan(
        agentTaskHistory,
        { object: { ...refused, spec, ...change }, knowledge: 'seen', toldAll: true, knownFor: 1000 },
        now,
      ).intents;
    expect(intents({})).toEqual([]);
    expect(intents({ status: { phase: 'Failed', startTime: '2026-11-21T12:00:01Z' } })).toEqual([
      'complete',
      'release',
    ]);
    const metadata = { ...refused.metadata, deletionTimestamp: '2026-11-21T12:00:01Z' };
    expect(intents({ metadata })).toEqual(['complete', 'release']);
  });

  test.each<[string, Case, readonly Intent[]]>([
    [
      'a new one of kubectl is made known, then held',
      { knowledge: 'none', told: false, finalizers: [] },
      ['see', 'hold'],
    ],
    ['a new one that the facade has held is made known', { knowledge: 'none', told: false, phase: 'Pending' }, ['see']],
    ['one that goes on and is known is left alone', { phase: 'Running' }, []],
    ['news of one that goes on are told', { phase: 'Running', told: false }, ['see']],
    ['one that lost the finalizer is held again', { phase: 'Running', finalizers: [theirs] }, ['hold']],
    ['one that has ended is recorded and released', { phase: 'Succeeded' }, ['complete', 'release']],
    [
      'one that ended before anybody recorded is recorded, not held',
      { phase: 'Failed', knowledge: 'none', told: false, finalizers: [] },
      ['complete'],
    ],
    [
      'one that ended is recorded although others still hold it',
      { phase: 'PartlySucceeded', deleted: true },
      ['complete', 'release'],
    ],
    ['one that is recorded is released', { phase: 'Stopped', knowledge: 'complete' }, ['release']],
    [
      'one that is recorded and released is left alone',
      { phase: 'Stopped', knowledge: 'complete', finalizers: [] },
      [],
    ],
    [
      'what is done to one that is recorded is told',
      { phase: 'Stopped', knowledge: 'complete', told: false, finalizers: [] },
      ['see'],
    ],
    ['one that is deleted while it runs waits for those who end the run', { phase: 'Running', deleted: true }, []],
    [
      'one that is deleted cannot be held any more',
      { phase: 'Running', told: false, deleted: true, finalizers: [theirs] },
      ['see'],
    ],
    [
      'one that only we hold back from deletion is recorded as it is',
      { phase: 'Running', deleted: true, finalizers: [ours] },
      ['complete', 'release'],
    ],
    [
      'one that is recorded, yet goes on, is not held: nothing more will be recorded',
      { phase: 'Running', knowledge: 'complete' },
      ['release'],
    ],
  ])('%s', (_, given, intents) => {
    expect(planned(given).intents).toEqual(intents);
  });
});

describe('the name of a young task', () => {
  test('is held for half a minute after the creation', () => {
    expect(planned({ phase: 'Succeeded', age: 12, knownFor: 12 })).toEqual({
      intents: ['complete'],
      requeueAfter: 18_000,
    });
    expect(planned({ phase: 'Succeeded', knowledge: 'complete', age: 12, deleted: true })).toEqual({
      intents: [],
      requeueAfter: 18_000,
    });
    expect(planned({ phase: 'Succeeded', knowledge: 'complete', age: 30 })).toEqual({ intents: ['release'] });
  });

  test('is not held for ever where clocks differ', () => {
    expect(planned({ phase: 'Succeeded', age: -3600, knownFor: 10 }).requeueAfter).toBe(20_000);
    expect(planned({ phase: 'Succeeded', age: -3600, knownFor: 30 }).intents).toEqual(['complete', 'release']);
  });
});
