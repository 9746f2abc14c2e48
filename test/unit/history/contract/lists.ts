import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { requestedByAnnotation } from '../../../../crds/labels.ts';
import type { AgentTask } from '../../../../crds/types/agenttask.ts';
import { agentTaskHistory } from '../../../../history/agenttask/kind.ts';
import type { HistoryStore, ListQuery } from '../../../../history/store.ts';
import { amount } from '../../../harness/matrix.ts';
import { complete, find, see, task, uidOf } from '../samples.ts';
import type { StoreSite } from './site.ts';

interface Sample {
  readonly job?: string;
  readonly user?: string;
  readonly good?: boolean;
  /** RFC 3339; null for a run that never began. */
  readonly start?: string | null;
  readonly seconds?: number;
  readonly namespace?: string;
}

/** A run on a group that is over. */
export function run(number: number, sample: Sample = {}): AgentTask {
  const { job = 'deploy', user = 'ann', good = true, start = minute(number), seconds = 20, namespace } = sample;
  const made = task(number, {
    creationTimestamp: start ?? minute(number),
    annotations: { [requestedByAnnotation]: user },
    ...(namespace === undefined ? {} : { namespace }),
  });
  const end = new Date(Date.parse(start ?? minute(number)) + seconds * 1000).toISOString().replace('.000Z', 'Z');
  return {
    ...made,
    spec: { groupRef: { name: 'all' }, jobRef: { name: job } },
    status: {
      phase: good ? 'Succeeded' : 'Failed',
      ...(start === null ? {} : { startTime: start }),
      completionTime: end,
    },
  };
}

const minute = (number: number): string => `2026-11-21T12:${String(number).padStart(2, '0')}:00Z`;

async function ids(store: HistoryStore, query: Partial<ListQuery> = {}, namespace = 'fleet'): Promise<string> {
  const { items } = await store.list(agentTaskHistory, namespace, { limit: 100, ...query });
  return items.map(({ object }) => Number(object.metadata.uid?.slice(-4))).join(' ');
}

async function record(store: HistoryStore, runs: readonly AgentTask[]): Promise<void> {
  for (const each of runs) await complete(store, each);
}

function hours(counts: Readonly<Record<number, number>>): readonly number[] {
  return Array.from({ length: 24 }, (_, hour) => counts[hour] ?? 0);
}

function maybe<V>(values: readonly V[]): fc.Arbitrary<V | undefined> {
  return fc.option(fc.constantFrom(...values), { nil: undefined });
}

const november = { first: '2026-11-01', last: '2026-11-30' };

/** Of what is over: in lists, and counted. */
export function listContract(newSite: () => Promise<StoreSite>): void {
  const open = async (): Promise<HistoryStore> => (await newSite()).open();

  describe('a list', () => {
    test('shows what is over, by the time when it began, the latest first', async () => {
      const store = await open();
      await record(store, [run(2), run(3), run(1), run(4, { namespace: 'elsewhere' })]);
      await see(store, [run(5)]);
      await complete(store, task(6, {}, { phase: 'Succeeded' }));
      expect(await ids(store)).toBe('3 2 1');
      expect(await ids(store, {}, 'elsewhere')).toBe('4');
      expect(await ids(store, {}, 'nowhere')).toBe('');
      expect((await store.list(agentTaskHistory, 'fleet', { limit: 1 })).items).toEqual([
        { object: (await find(store, 3))?.object, entry: { name: 'deploy', user: 'ann', outcome: 'success' } },
      ]);
    });

    test('leaves out what does not fit, by each filter and by all of them', async () => {
      const store = await open();
      await record(store, [
        run(1, { job: 'deploy-web' }),
        run(2, { job: 'deploy-web', user: 'bob', good: false }),
        run(3, { job: 'deploy-db', user: 'bob' }),
        run(4, { job: 'restart', user: 'bob', good: false }),
        run(5, { job: '100%_x', start: '2026-11-23T23:59:59Z' }),
        run(6, { job: 'restart', start: null, good: false }),
      ]);
      const chosen = {
        name: await ids(store, { name: 'deploy' }),
        percent: await ids(store, { name: '%_' }),
        anything: await ids(store, { name: '' }),
        nothing: await ids(store, { name: 'Deploy' }),
        user: await ids(store, { user: 'bob' }),
        outcome: await ids(store, { outcome: 'fail' }),
        running: await ids(store, { outcome: 'running' }),
        from: await ids(store, { firstDay: '2026-11-22' }),
        to: await ids(store, { lastDay: '2026-11-21' }),
        day: await ids(store, { firstDay: '2026-11-23', lastDay: '2026-11-23' }),
        noDay: await ids(store, { firstDay: 'tomorrow' }),
        some: await ids(store, { name: 'e', user: 'bob', outcome: 'fail', lastDay: '2026-11-21' }),
      };
      expect(chosen).toEqual({
        name: '3 2 1',
        percent: '5',
        anything: '5 6 4 3 2 1',
        nothing: '',
        user: '4 3 2',
        outcome: '6 4 2',
        running: '',
        from: '5',
        to: '4 3 2 1',
        day: '5',
        noDay: '',
        some: '4 2',
      });
    });

    test('has every record on one of its pages, whatever is asked for', async () => {
      const store = await open();
      // Some began in the same second.
      const all = Array.from({ length: 40 }, (_, index) =>
        run(index + 1, {
          job: `job-${index % 3}`,
          user: index % 2 === 0 ? 'ann' : 'bob',
          good: index % 5 !== 0,
          start: minute(Math.floor(index / 4)),
        }),
      );
      await record(store, all);
      const queries = fc.record({
        name: maybe(['job', '-1', '2']),
        user: maybe(['ann', 'bob']),
        outcome: maybe(['success', 'fail']),
        limit: fc.integer({ min: 1, max: 15 }),
      });
      await fc.assert(
        fc.asyncProperty(queries, async (query) => {
          const seen: string[] = [];
          for (let before: string | undefined, more = true; more;) {
            const page = await store.list(agentTaskHistory, 'fleet', { ...query, before });
            expect(page.items.length).toBeLessThanOrEqual(query.limit);
            seen.push(...page.items.map(({ object }) => object.metadata.uid ?? ''));
            before = page.before;
            more = before !== undefined;
          }
          const { name = '', user, outcome } = query;
          const fitting = all.filter(
            ({ spec, metadata, status }) =>
              spec.jobRef?.name.includes(name) === true &&
              (user === undefined || metadata.annotations?.[requestedByAnnotation] === user) &&
              (outcome === undefined || (status?.phase === 'Succeeded') === (outcome === 'success')),
          );
          expect(seen).toEqual(fitting.map(({ metadata }) => metadata.uid ?? '').toReversed());
        }),
        { numRuns: amount(15, 100) },
      );
    });

    test('finds by a part of the name also where very many names have it', async () => {
      const store = await open();
      await record(
        store,
        Array.from({ length: 130 }, (_, index) => run(index + 1, { job: `job-${index}`, start: minute(index % 60) })),
      );
      expect(await ids(store, { name: 'job-12', limit: 4 })).toBe('13 130 129 128');
      const { items } = await store.list(agentTaskHistory, 'fleet', { name: 'job-', limit: 200 });
      expect(items).toHaveLength(130);
    });

    test('no more shows what was forgotten, which is counted still', async () => {
      const store = await open();
      await record(store, [run(1), run(2, { job: 'restart', start: '2026-11-25T12:00:00Z' })]);
      const counted = await store.tallies(agentTaskHistory, 'fleet', november);
      await store.prune(new Date('2026-11-22T00:00:00Z'), 10);
      expect(await ids(store)).toBe('2');
      expect(await ids(store, { name: 'deploy' })).toBe('');
      expect(await store.tallies(agentTaskHistory, 'fleet', november)).toEqual(counted);
    });
  });

  describe('tallies', () => {
    test('count by day and outcome, by hour, and by the time that it took', async () => {
      const store = await open();
      await record(store, [
        run(1, { start: '2026-10-31T23:59:59Z' }),
        run(2, { start: '2026-11-01T00:00:00Z', seconds: 59 }),
        run(3, { start: '2026-11-01T23:59:59Z', seconds: 60 }),
        run(4, { start: '2026-11-01T23:00:00Z', seconds: 7200 }),
        run(5, { start: '2026-11-01T07:00:00Z', good: false, seconds: 299 }),
        run(6, { start: null, good: false }),
        run(7, { start: '2026-11-30T12:00:00Z' }),
        run(8, { start: '2026-12-01T00:00:00Z' }),
        run(9, { start: '2026-11-01T00:00:00Z', namespace: 'elsewhere' }),
      ]);
      expect(await store.tallies(agentTaskHistory, 'fleet', november)).toEqual([
        { day: '2026-11-01', outcome: 'fail', total: 1, hours: hours({ 7: 1 }), spans: [0, 0, 1, 0, 0, 0] },
        { day: '2026-11-01', outcome: 'success', total: 3, hours: hours({ 0: 1, 23: 2 }), spans: [1, 1, 0, 0, 0, 1] },
        { day: '2026-11-30', outcome: 'success', total: 1, hours: hours({ 12: 1 }), spans: [1, 0, 0, 0, 0, 0] },
      ]);
      expect(await store.tallies(agentTaskHistory, 'nowhere', november)).toEqual([]);
    });

    test('count each once, however often and by however many it is recorded', async () => {
      const site = await newSite();
      const stores = [await site.open(), await site.open()];
      await Promise.all([1, 2, 3].flatMap(() => stores.map((store) => complete(store, run(1)))));
      const [tally, ...none] = await (await site.open({ readOnly: true })).tallies(agentTaskHistory, 'fleet', november);
      expect([tally?.total, none]).toEqual([1, []]);
    });

    test('lose none of many that are recorded at once', async () => {
      const site = await newSite();
      const stores = [await site.open(), await site.open()];
      const runs = Array.from({ length: 60 }, (_, index) => run(index + 1, { start: minute(index) }));
      await Promise.all(
        stores.flatMap((store, half) =>
          runs.filter((_, index) => index % 2 === half).map((each) => complete(store, each)),
        ),
      );
      const [tally] = await (await site.open()).tallies(agentTaskHistory, 'fleet', november);
      expect([tally?.total, tally?.hours[12], tally?.spans]).toEqual([60, 60, [60, 0, 0, 0, 0, 0]]);
    });

    test('take what is broken off as what took longest', async () => {
      const store = await open();
      const { completionTime: _, ...status } = run(1).status ?? {};
      await complete(store, { ...run(1), status: { ...status, phase: 'Running' } });
      const [tally] = await store.tallies(agentTaskHistory, 'fleet', november);
      expect([tally?.outcome, tally?.spans]).toEqual(['fail', [0, 0, 0, 0, 0, 1]]);
    });
  });

  test('what is recorded as over is told of many at once', async () => {
    const store = await open();
    await record(store, [run(1), run(2)]);
    await see(store, [run(3)]);
    await store.prune(new Date('2026-11-21T12:01:30Z'), 10);
    const found = await store.completed(agentTaskHistory, [uidOf(1), uidOf(2), uidOf(3), uidOf(4)]);
    expect([...found].toSorted()).toEqual([uidOf(1), uidOf(2)]);
    expect(await store.completed(agentTaskHistory, [])).toEqual(new Set());
  });
}
