import { describe, expect, test } from 'vitest';

import { eventLine } from '../../harness/faults/exchange.ts';
import { configMap, startFaulty, watchFaulty } from './faulty.ts';

describe('a watch that breaks', () => {
  test('goes on from the last event when the connection is cut, without listing again', async () => {
    const faulty = await startFaulty();
    const { server } = faulty;
    const { changes, seen } = watchFaulty(faulty);
    (await server.next('list')).page([configMap('a', '5')], '10');
    const watch = await server.next('watch');
    expect(watch.resourceVersion).toBe('10');
    expect(watch.url.searchParams.get('allowWatchBookmarks')).toBe('true');
    watch.event('ADDED', configMap('b', '11'));
    await seen('added test/b');
    watch.cut();
    const again = await server.next('watch');
    expect(again.resourceVersion).toBe('11');
    again.event('DELETED', configMap('a', '12'));
    await seen('deleted test/a');
    expect(changes).toEqual(['added test/a', 'added test/b', 'deleted test/a']);
    expect(server.count('list')).toBe(1);
  });

  test('goes on from a bookmark, which changes nothing in the store', async () => {
    const faulty = await startFaulty();
    const { server } = faulty;
    const { changes, reflector } = watchFaulty(faulty);
    (await server.next('list')).page([configMap('a', '5')], '10');
    const watch = await server.next('watch');
    watch.event('BOOKMARK', { kind: 'ConfigMap', metadata: { resourceVersion: '99' } });
    watch.end();
    expect((await server.next('watch')).resourceVersion).toBe('99');
    expect(changes).toEqual(['added test/a']);
    expect(reflector.store.size).toBe(1);
  });

  test.for([
    ['as the answer to the watch', 410, 'Expired'],
    ['as an event of it', 410, 'Expired'],
    ['as an event of it, in the older wording', 410, 'Gone'],
  ] as const)('lists anew when its resourceVersion is too old, said %s (%i %s)', async ([how, code, reason]) => {
    const faulty = await startFaulty();
    const { server } = faulty;
    const { changes, seen } = watchFaulty(faulty);
    (await server.next('list')).page([configMap('gone-meanwhile', '5'), configMap('kept', '6')], '10');
    const watch = await server.next('watch');
    if (how === 'as the answer to the watch') watch.refuse(code, reason);
    else watch.event('ERROR', { kind: 'Status', code, reason, message: 'too old resource version: 10 (200)' });
    (await server.next('list')).page([configMap('kept', '6'), configMap('new', '190')], '200');
    await seen('deleted test/gone-meanwhile');
    expect((await server.next('watch')).resourceVersion).toBe('200');
    // What did not change is not told again.
    expect(changes).toEqual([
      'added test/gone-meanwhile',
      'added test/kept',
      'added test/new',
      'deleted test/gone-meanwhile',
    ]);
  });

  test('lists anew when the server does not know the resourceVersion yet, as when restored from a backup', async () => {
    const faulty = await startFaulty();
    const { server } = faulty;
    watchFaulty(faulty);
    (await server.next('list')).page([], '1000');
    (await server.next('watch')).json(504, {
      kind: 'Status',
      code: 504,
      reason: 'Timeout',
      message: 'Too large resource version',
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
    });
    (await server.next('list')).page([], '7');
    expect((await server.next('watch')).resourceVersion).toBe('7');
  });

  test('tells a deleted and recreated object of one name as two changes', async () => {
    const faulty = await startFaulty();
    const { server } = faulty;
    const { changes, seen } = watchFaulty(faulty);
    (await server.next('list')).page([configMap('a', '5', {}, 'first')], '10');
    (await server.next('watch')).refuse(410, 'Expired');
    (await server.next('list')).page([configMap('a', '15', {}, 'second')], '20');
    await seen('deleted test/a');
    await server.next('watch');
    expect(changes).toEqual(['added test/a', 'deleted test/a', 'added test/a']);
  });

  test('that falls silent is given up, and goes on from the last event', async () => {
    const faulty = await startFaulty({ streamTimeout: 50 });
    const { server } = faulty;
    const { seen, records } = watchFaulty(faulty);
    (await server.next('list')).page([], '10');
    const silent = await server.next('watch');
    silent.event('ADDED', configMap('a', '11'));
    await seen('added test/a');
    // No word, and no end: as behind a firewall that forgot the connection.
    const again = await server.next('watch');
    expect(again.resourceVersion).toBe('11');
    expect(server.count('list')).toBe(1);
    // It happens wherever all is well, so it is no warning and has no stack.
    expect(records).toContainEqual(expect.objectContaining({ level: 20, msg: 'watch fell silent and is renewed' }));
    expect(records.filter(({ level }) => level > 20)).toEqual([]);
  });

  test('that ends within a line takes no event from the half line, and asks for it again', async () => {
    const faulty = await startFaulty();
    const { server } = faulty;
    const { changes, seen, records } = watchFaulty(faulty);
    (await server.next('list')).page([], '10');
    const watch = await server.next('watch');
    watch.event('ADDED', configMap('whole', '11'));
    watch.raw(eventLine('ADDED', configMap('half', '12')).slice(0, 40));
    watch.end();
    const again = await server.next('watch');
    expect(again.resourceVersion).toBe('11');
    again.event('ADDED', configMap('half', '12'));
    await seen('added test/half');
    expect(changes).toEqual(['added test/whole', 'added test/half']);
    expect(JSON.stringify(records)).toContain('within a line');
  });

  test('that brings a line that is not JSON is begun anew from the event before it', async () => {
    const faulty = await startFaulty();
    const { server } = faulty;
    const { changes, seen } = watchFaulty(faulty);
    (await server.next('list')).page([], '10');
    const watch = await server.next('watch');
    watch.event('ADDED', configMap('a', '11'));
    watch.raw('upstream connect error or disconnect\n');
    watch.event('ADDED', configMap('after-the-broken-line', '13'));
    const again = await server.next('watch');
    expect(again.resourceVersion).toBe('11');
    again.event('ADDED', configMap('in-the-broken-line', '12'));
    again.event('ADDED', configMap('after-the-broken-line', '13'));
    await seen('added test/after-the-broken-line');
    expect(changes).toEqual(['added test/a', 'added test/in-the-broken-line', 'added test/after-the-broken-line']);
  });

  test('reads events whatever bytes they are cut between, within characters too', async () => {
    const faulty = await startFaulty();
    const { server } = faulty;
    const { reflector, seen } = watchFaulty(faulty);
    (await server.next('list')).page([], '10');
    const watch = await server.next('watch');
    const data = { text: 'Zürich – 東京 – 🚢' };
    const bytes = Buffer.from(
      `${eventLine('ADDED', configMap('a', '11', data))}\n${eventLine('ADDED', configMap('b', '12', data))}\n`,
    );
    await watch.chunks([...bytes].map((byte) => Uint8Array.of(byte)));
    await seen('added test/b');
    expect([...reflector.store.list()].map((object) => object.data)).toEqual([data, data]);
  });

  test('that is accepted and closed at once is not asked for in a tight loop', async () => {
    const faulty = await startFaulty();
    const { server, client } = faulty;
    watchFaulty(faulty, { backoff: { initial: 3_600_000, max: 3_600_000, factor: 1, jitter: 0 } });
    (await server.next('list')).page([], '10');
    const watch = await server.next('watch');
    watch.accept();
    watch.end();
    await watch.closed;
    // As many round trips as would let a hasty client come back many times over.
    for (let trip = 0; trip < 50; trip += 1) {
      const call = client.get(
        { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true },
        { namespace: 'test', name: 'a' },
      );
      (await server.next('call')).json(200, configMap('a', '1'));
      await call;
    }
    expect(server.count('watch')).toBe(1);
    expect(server.count('list')).toBe(1);
  });

  test('is abandoned at once when the reflector is stopped, in the list too', async () => {
    const faulty = await startFaulty();
    const { server } = faulty;
    const listing = watchFaulty(faulty);
    const list = await server.next('list');
    await listing.stop();
    await list.closed;
    const watching = watchFaulty(faulty);
    (await server.next('list')).page([], '10');
    const watch = await server.next('watch');
    watch.accept();
    await watching.stop();
    await watch.closed;
    expect(server.count('watch')).toBe(1);
  });
});
