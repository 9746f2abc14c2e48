import { pino } from 'pino';
import { describe, expect, test } from 'vitest';

import { historyFinalizer } from '../../../../crds/labels.ts';
import { withOperation } from '../../../../crds/operations.ts';
import { Departed } from '../../../../history/recorder/departed.ts';
import { RecorderMetrics } from '../../../../history/recorder/metrics.ts';
import { Notes } from '../../../../history/recorder/notes.ts';
import { plan, type Intent } from '../../../../history/recorder/plan.ts';
import { recording } from '../../../../history/recorder/reconcile.ts';
import { watchedKinds } from '../../../../history/recorder/watched.ts';
import { agentTaskHistory } from '../../../../history/agenttask/kind.ts';
import type { HistoryStore, Knowledge } from '../../../../history/store.ts';
import { RuntimeMetrics } from '../../../../kube/metrics.ts';
import { OwnWrites } from '../../../../kube/ownwrites.ts';
import { Store } from '../../../../kube/store.ts';
import { FakeApi, type RecordedCall } from '../../kube/fake-api.ts';
import { aLighthouse, lighthouseHistory, lighthouseUid, lit, type Lighthouse } from '../lighthouse.ts';
import { openStore } from '../samples.ts';

const clock = { now: () => new Date('2026-11-21T12:00:01Z') };
const turning = { phase: 'Turning' } as const;
const held = { finalizers: [historyFinalizer] };
const going = { ...held, deletionTimestamp: '2026-11-21T13:00:00Z' };

describe('what is done about an object that never ends', () => {
  test.each<[string, Lighthouse, Knowledge, readonly Intent[]]>([
    ['a new one is made known and held', aLighthouse(1, 'red'), 'none', ['see', 'hold']],
    ['one that works at its generation is made known', aLighthouse(1, 'red', turning, held), 'none', ['see']],
    ['one that has reached it is recorded, and stays held', aLighthouse(2, 'red', lit(2), held), 'seen', ['complete']],
    ['one that has reached only a former generation goes on', aLighthouse(2, 'red', lit(1), held), 'seen', ['see']],
    ['one that is recorded stays held', aLighthouse(2, 'red', lit(2), held), 'complete', ['see']],
    ['one that lost the finalizer is held again', aLighthouse(2, 'red', lit(2)), 'complete', ['see', 'hold']],
    [
      'one that others still hold back from deletion waits',
      aLighthouse(2, 'red', turning, { ...going, finalizers: [historyFinalizer, 'other'] }),
      'seen',
      ['see'],
    ],
    [
      'one that only we hold back is recorded and goes at once, its name being free again',
      aLighthouse(2, 'red', turning, going),
      'seen',
      ['complete', 'release'],
    ],
    [
      'one that was recorded goes once its deletion is told',
      aLighthouse(2, 'red', lit(2), going),
      'complete',
      ['see', 'release'],
    ],
  ])('%s', (_, object, knowledge, intents) => {
    expect(plan(lighthouseHistory, { object, knowledge, toldAll: false, knownFor: 0 }, clock.now())).toEqual({
      intents,
    });
  });
});

interface Recorder {
  readonly store: HistoryStore;
  readonly client: FakeApi;
  /** One pass with this object in the cache, or with none; it may have gone before, as it was last. */
  pass(this: void, present: Lighthouse | undefined, gone?: Lighthouse): Promise<readonly RecordedCall[]>;
}

async function recorder(): Promise<Recorder> {
  const store = await openStore(undefined, { kinds: [lighthouseHistory], clock });
  const client = new FakeApi();
  const objects = new Store<Lighthouse>();
  const departed = new Departed<Lighthouse>();
  const reconcile = recording({
    kind: lighthouseHistory,
    client,
    store,
    clock,
    metrics: new RecorderMetrics(new RuntimeMetrics().registry, [lighthouseHistory], async () => 0),
    objects,
    departed,
    notes: new Notes(lighthouseHistory, store),
    ownWrites: new OwnWrites(),
  });
  return {
    store,
    client,
    async pass(present, gone) {
      if (present === undefined) objects.delete('cape');
      else objects.set(present);
      if (gone !== undefined) departed.add('cape', gone);
      client.calls.length = 0;
      await reconcile('cape', { id: 'pass', log: pino({ level: 'silent' }) });
      return [...client.calls];
    },
  };
}

function edited(times: number): Readonly<Record<string, string>> {
  let annotations: Readonly<Record<string, string>> = {};
  for (let number = 1; number <= times; number += 1)
    annotations = withOperation(annotations, {
      operation: 'edit',
      user: `user-${number}`,
      requestId: `r-${number}`,
      time: `2026-11-21T12:0${number}:00Z`,
    });
  return annotations;
}

async function told(store: HistoryStore): Promise<readonly string[]> {
  return (await store.byUid(lighthouseHistory, lighthouseUid)).map(
    ({ object, complete }) => `${object.metadata.generation} ${object.spec.colour} ${complete ? 'complete' : 'seen'}`,
  );
}

describe('the recorder', () => {
  test('keeps a record for each generation that it sees, and every operation, until the object is gone', async () => {
    const { store, pass } = await recorder();
    const patched = (await pass(aLighthouse(1, 'red'))).filter(({ verb }) => verb === 'patch');
    expect(patched).toMatchObject([{ key: 'cape', body: { metadata: held } }]);
    await pass(aLighthouse(1, 'red', lit(1, [{ name: 'upper' }]), held));
    expect(await told(store)).toEqual(['1 red complete']);
    expect((await store.rows(lighthouseHistory, 'sighting', [lighthouseUid])).map(({ row }) => row)).toEqual([
      { ship: 'Fram', hour: 3 },
    ]);
    // Two changes between two looks.
    await pass(aLighthouse(3, 'white', turning, { ...held, annotations: edited(2) }));
    expect(await told(store)).toEqual(['1 red complete', '3 white seen']);
    const released = await pass(aLighthouse(3, 'white', turning, { ...going, annotations: edited(2) }));
    expect(released).toMatchObject([{ verb: 'patch', body: { metadata: { finalizers: [] } } }]);
    expect(await told(store)).toEqual(['1 red complete', '3 white complete']);
    expect((await store.operations(lighthouseUid)).map(({ operation, user }) => `${operation} by ${user}`)).toEqual([
      'edit by user-1',
      'edit by user-2',
      'delete by ',
    ]);
  });

  test('tells of the operations of an object that went before it looked', async () => {
    const { store, pass } = await recorder();
    await pass(aLighthouse(1, 'red', lit(1), held));
    await pass(undefined, aLighthouse(1, 'red', lit(1), { annotations: edited(1) }));
    expect(await told(store)).toEqual(['1 red complete']);
    expect((await store.operations(lighthouseUid)).map(({ user }) => user)).toEqual(['user-1']);
  });

  test('that is limited to a namespace leaves out what is in none', () => {
    const all = [agentTaskHistory, lighthouseHistory];
    expect(watchedKinds(all, undefined)).toEqual(all);
    expect(watchedKinds(all, 'fleet')).toEqual([agentTaskHistory]);
  });
});
