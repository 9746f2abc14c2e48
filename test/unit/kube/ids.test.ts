import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { configMaps, leases } from '../../../kube/builtin.ts';
import { IdCounter } from '../../../kube/ids.ts';
import { FakeApi, failure } from './fake-api.ts';
import { amount } from '../../harness/matrix.ts';

function counterOn(api: FakeApi): IdCounter {
  return new IdCounter(api, 'x', 'ids');
}

function inHand(api: FakeApi): IdCounter {
  return new IdCounter(api, 'x', 'ids', async () => 0, { ahead: 10 });
}

/** Lets everything else have its turn. */
async function turn(): Promise<void> {
  await new Promise((resolve) => void setImmediate(resolve));
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
    await api.create(configMaps, {
      metadata: { namespace: 'x', name: 'ids', labels: { a: 'b' } },
      data: { last: '41', note: 'mine' },
    });
    expect(await counterOn(api).next()).toBe(42);
    expect(api.objects.get('configmaps/x/ids')).toMatchObject({
      metadata: { labels: { a: 'b' } },
      data: { last: '42', note: 'mine' },
    });
  });

  test('goes on after the highest id in use when the counter was deleted', async () => {
    const api = new FakeApi();
    const counter = new IdCounter(api, 'x', 'ids', async () => 41);
    expect(await counter.next()).toBe(42);
    await api.delete(configMaps, { namespace: 'x', name: 'ids' });
    await api.delete(leases, { namespace: 'x', name: 'ids' });
    expect(await new IdCounter(api, 'x', 'ids', async () => 57).next()).toBe(58);
  });

  test('gives no id a second time when the counter was deleted, whatever is left of what had ids', async () => {
    const api = new FakeApi();
    for (let round = 0, last = 0; round < 3; round += 1) {
      const counters = [counterOn(api), inHand(api)];
      for (let count = 0; count < 4; count += 1) {
        for (const counter of counters) {
          const id = await counter.next();
          expect(id).toBeGreaterThan(last);
          last = id;
        }
      }
      await api.delete(configMaps, { namespace: 'x', name: 'ids' });
    }
  });

  test('goes on above its mark or above what is in use: a program older than marks raises none', async () => {
    const api = new FakeApi();
    expect(await counterOn(api).next()).toBe(1);
    await api.delete(configMaps, { namespace: 'x', name: 'ids' });
    expect(await new IdCounter(api, 'x', 'ids', async () => 4321).next()).toBe(4322);
    expect(api.objects.get('leases/x/ids')).toMatchObject({ metadata: { annotations: { 'ids-up-to': '5000' } } });
  });

  test('raises its mark with one write for a thousand ids, before it gives the first of them', async () => {
    const api = new FakeApi();
    const counter = counterOn(api);
    for (let count = 0; count < 1000; count += 1) await counter.next();
    expect(api.calls.filter(({ verb, type }) => type === 'leases' && verb !== 'get')).toHaveLength(1);
    api.before = async ({ verb, type }) =>
      verb === 'replace' && type === 'leases' ? Promise.reject(failure(500, 'InternalError')) : undefined;
    await expect(counter.next()).rejects.toThrow('InternalError');
    expect(api.objects.get('configmaps/x/ids')).toMatchObject({ data: { last: '1000' } });
  });

  test('needs no mark of its own where another process raises it at the same time', async () => {
    const api = new FakeApi();
    const ids = await Promise.all(Array.from({ length: 8 }, async () => counterOn(api).next()));
    expect(new Set(ids).size).toBe(8);
    expect(api.objects.get('leases/x/ids')).toMatchObject({ metadata: { annotations: { 'ids-up-to': '1000' } } });
  });

  test.each(['', 'seven', '-1', '1.5', ' 1', '9007199254740993'])(
    'refuses to go on from %j, and says how to mend it',
    async (last) => {
      const api = new FakeApi();
      await api.create(configMaps, { metadata: { namespace: 'x', name: 'ids' }, data: { last } });
      await expect(counterOn(api).next()).rejects.toThrow(
        'ConfigMap x/ids: data.last must be the last id given, a whole number',
      );
    },
  );

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
      asyncProperty(
        array(request, { minLength: 1, maxLength: 12 }),
        array(integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 30 }),
        async (requests, pauses) => {
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
        },
      ),
      { numRuns: amount(30, 150) },
    );
  });
});

describe('an id counter with ids in hand', () => {
  test('gives most ids without asking the API server, without gaps', async () => {
    const api = new FakeApi();
    const counter = inHand(api);
    const ids: number[] = [];
    for (let count = 0; count < 100; count += 1) ids.push(await counter.next());
    expect(ids).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(api.made('replace').length).toBeLessThan(20);
    expect(api.made('get').filter(({ type }) => type === 'configmaps')).toHaveLength(1);
  });

  test('gives them back when nobody asks any more', async () => {
    const api = new FakeApi();
    const counter = inHand(api);
    await counter.next();
    expect(api.objects.get('configmaps/x/ids')).toMatchObject({ data: { last: '11', lead: expect.any(String) } });
    await expect
      .poll(() => api.objects.get('configmaps/x/ids'), { timeout: 20_000 })
      .toMatchObject({ data: { last: '1' } });
    expect(api.objects.get('configmaps/x/ids')).not.toHaveProperty('data.lead');
    expect(await counter.next()).toBe(2);
  });

  test('gives an id that is higher than all that any process was given before it was asked for', async () => {
    const api = new FakeApi();
    const given: { readonly id: number; readonly asked: number; readonly ended: number }[] = [];
    let moment = 0;
    const ask = async (counter: IdCounter): Promise<void> => {
      const asked = (moment += 1);
      const id = await counter.next();
      given.push({ id, asked, ended: (moment += 1) });
    };
    const [one, other] = [inHand(api), inHand(api)];
    await ask(one);
    // The other one asks while the first has ids in hand, and goes on giving them.
    const second = ask(other).then(() => 'given');
    while ((await Promise.race([second, turn()])) !== 'given') await ask(one);
    for (let count = 0; count < 20; count += 1) await ask(count % 2 === 0 ? one : other);
    expect(given.length).toBeGreaterThan(30);
    const wrong = given.filter(({ id, asked }) => given.some((before) => before.ended < asked && before.id >= id));
    expect(wrong).toEqual([]);
  });

  test('makes nobody wait once it has met another', async () => {
    const api = new FakeApi();
    const [one, other] = [inHand(api), inHand(api)];
    await one.next();
    await other.next();
    await one.next();
    const ids: number[] = [];
    for (let count = 0; count < 20; count += 1) ids.push(await other.next(), await one.next());
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(api.objects.get('configmaps/x/ids')).not.toHaveProperty('data.lead');
  });

  test('goes on above what it gave when the counter is deleted under it', async () => {
    const api = new FakeApi();
    const counter = inHand(api);
    for (let count = 0; count < 5; count += 1) await counter.next();
    await api.delete(configMaps, { namespace: 'x', name: 'ids' });
    const ids: number[] = [];
    for (let count = 0; count < 15; count += 1) ids.push(await counter.next());
    expect(new Set(ids).size).toBe(15);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(ids[0]).toBe(6);
  });

  test('makes nobody wait longer than a second, whatever somebody wrote into the counter', async () => {
    const api = new FakeApi();
    await api.create(configMaps, {
      metadata: { namespace: 'x', name: 'ids' },
      data: { last: '7', lead: 'by-hand 99999999999' },
    });
    expect(await inHand(api).next()).toBe(8);
  });
});
