import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { configMaps } from '../../../kube/builtin.ts';
import { IdCounter } from '../../../kube/ids.ts';
import { FakeApi, failure } from './fake-api.ts';

function counterOn(api: FakeApi): IdCounter {
  return new IdCounter(api, 'x', 'ids');
}

describe('an id counter', () => {
  test('makes its object and begins at one', async () => {
    const api = new FakeApi();
    const counter = counterOn(api);
    expect([await counter.next(), await counter.next(), await counter.next()]).toEqual([1, 2, 3]);
    expect(api.objects.get('configmaps/x/ids')).toMatchObject({ data: { last: '3' } });
  });

  test('serves callers that come together with few updates, in the order in which they came', async () => {
    const api = new FakeApi();
    const counter = counterOn(api);
    const ids = await Promise.all(Array.from({ length: 500 }, () => counter.next()));
    expect(ids).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    expect(api.made('replace').length).toBeLessThan(5);
  });

  test('keeps what else is in its object', async () => {
    const api = new FakeApi();
    await api.create(configMaps, { metadata: { namespace: 'x', name: 'ids', labels: { a: 'b' } }, data: { last: '41', note: 'mine' } });
    expect(await counterOn(api).next()).toBe(42);
    expect(api.objects.get('configmaps/x/ids')).toMatchObject({ metadata: { labels: { a: 'b' } }, data: { last: '42', note: 'mine' } });
  });

  test('goes on after the highest id in use when the counter was deleted', async () => {
    const api = new FakeApi();
    const counter = new IdCounter(api, 'x', 'ids', async () => 41);
    expect(await counter.next()).toBe(42);
    await api.delete(configMaps, { namespace: 'x', name: 'ids' });
    expect(await new IdCounter(api, 'x', 'ids', async () => 57).next()).toBe(58);
  });

  test.each(['', 'seven', '-1', '1.5', ' 1', '9007199254740993'])('refuses to go on from %j, and says how to mend it', async (last) => {
    const api = new FakeApi();
    await api.create(configMaps, { metadata: { namespace: 'x', name: 'ids' }, data: { last } });
    await expect(counterOn(api).next()).rejects.toThrow('ConfigMap x/ids: data.last must be the last id given, a whole number');
  });

  test('fails those who wait when the API server does, and serves the next', async () => {
    const api = new FakeApi();
    const counter = counterOn(api);
    api.before = async () => Promise.reject(failure(500, 'InternalError'));
    const results = await Promise.allSettled([counter.next(), counter.next()]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    api.before = async () => undefined;
    expect(await counter.next()).toBe(1);
  });

  test('gives every id once and to each process in rising order, however several processes interleave', async () => {
    const request = record({ process: constantFrom(0, 1, 2), count: integer({ min: 1, max: 5 }) });
    await assert(
      asyncProperty(array(request, { minLength: 1, maxLength: 12 }), array(integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 30 }), async (requests, pauses) => {
        const api = new FakeApi();
        let calls = 0;
        api.before = async () => {
          for (let turns = pauses[(calls += 1) % pauses.length] ?? 0; turns > 0; turns -= 1) await Promise.resolve();
        };
        const counters = [counterOn(api), counterOn(api), counterOn(api)];
        const given = new Map<number, number[]>();
        await Promise.all(
          requests.flatMap(({ process, count }) =>
            Array.from({ length: count }, async () => {
              const id = await counters[process]?.next();
              given.set(process, [...(given.get(process) ?? []), id ?? 0]);
            }),
          ),
        );
        const all = [...given.values()].flat();
        expect(new Set(all).size).toBe(all.length);
        expect(Math.max(...all)).toBe(all.length);
        for (const ids of given.values()) expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      }),
      { numRuns: 150 },
    );
  });
});
