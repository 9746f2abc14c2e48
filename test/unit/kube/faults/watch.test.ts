import { assert, asyncProperty, array, integer } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { cutting, ending, html, line, page, refusal, reset, silence, status, streaming } from '../../../harness/faults/answers.ts';
import { clientOf, configMap, faultServer, watching } from './bench.ts';

const a1 = configMap('a', '11', 'one');
const a2 = configMap('a', '12', 'two');
const b = configMap('b', '13', 'new');

describe('a reflector whose watch fails', () => {
  test('goes on from the last version it saw when the connection is cut', async () => {
    const server = await faultServer();
    server.onList(page('10', [])).onWatch(cutting(line('ADDED', a1), line('MODIFIED', a2)), streaming(line('ADDED', b)));
    const { holds, changes } = watching(clientOf(server));
    await holds('a=two', 'b=new');
    expect(server.lists).toHaveLength(1);
    expect(server.watches.map(({ query }) => query.get('resourceVersion'))).toEqual(['10', '12']);
    expect(changes).toEqual(['added x/a', 'updated x/a', 'added x/b']);
  });

  test('goes on from a bookmark that came after the last event', async () => {
    const server = await faultServer();
    const bookmark = line('BOOKMARK', { kind: 'ConfigMap', metadata: { resourceVersion: '500' } });
    server.onList(page('10', [a1])).onWatch(ending(bookmark), streaming(line('ADDED', b)));
    const { holds } = watching(clientOf(server));
    await holds('a=one', 'b=new');
    expect(server.watches.map(({ query }) => [query.get('resourceVersion'), query.get('allowWatchBookmarks')])).toEqual([['10', 'true'], ['500', 'true']]);
  });

  test.each([
    ['is answered with 410', refusal(410, 'Expired')],
    ['brings 410 as an ERROR event', ending(line('ERROR', status(410, 'Expired')))],
    ['is told that its version is too new', streaming(line('ERROR', { ...status(504, 'Timeout'), details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } }))],
  ])('lists anew when it %s, and tells of what was deleted meanwhile', async (_, gone) => {
    const server = await faultServer();
    server.onList(page('10', [a1]), page('20', [b])).onWatch(gone, streaming());
    const { holds, changes } = watching(clientOf(server));
    await holds('b=new');
    expect(server.lists).toHaveLength(2);
    expect(changes).toEqual(['added x/a', 'added x/b', 'deleted x/a']);
  });

  test.each([
    ['a 500', refusal(500, 'InternalError')],
    ['an HTML page of a proxy', html(502)],
    ['a reset', reset],
    ['an ERROR event other than 410', ending(line('ERROR', status(500, 'InternalError')))],
    ['a line that is not JSON', streaming('this is not JSON\n')],
    ['a line that is JSON but no event', streaming('null\n')],
    ['an event without an object', streaming('{"type":"ADDED"}\n')],
    ['half a line at the end', ending(line('ADDED', b).slice(0, 40))],
    ['half a line at a cut', cutting(line('ADDED', b).slice(0, 40))],
  ])('watches again from the same version after %s', async (_, fault) => {
    const server = await faultServer();
    server.onList(page('10', [a1])).onWatch(fault, fault, streaming(line('ADDED', b)));
    const { holds, changes, lines } = watching(clientOf(server));
    await holds('a=one', 'b=new');
    expect(server.lists).toHaveLength(1);
    expect(server.watches.map(({ query }) => query.get('resourceVersion'))).toEqual(['10', '10', '10']);
    expect(changes).toEqual(['added x/a', 'added x/b']);
    expect(lines.map((entry) => entry['msg'])).toEqual(['watch interrupted', 'watch interrupted']);
  });

  test('keeps the events that came whole ahead of a broken line', async () => {
    const server = await faultServer();
    server.onList(page('10', [])).onWatch(streaming(`${line('ADDED', a1)}{"type":"ADDED","obj\n${line('ADDED', b)}`), streaming(line('ADDED', b)));
    const { holds } = watching(clientOf(server));
    await holds('a=one', 'b=new');
    expect(server.watches[1]?.query.get('resourceVersion')).toBe('11');
  });

  test('notices a connection that is open but silent, and goes on from where it was', async () => {
    const server = await faultServer();
    server.onList(page('10', [])).onWatch(streaming(line('ADDED', a1)), streaming(line('ADDED', b)));
    const { holds } = watching(clientOf(server, { streamTimeout: 100 }));
    await holds('a=one', 'b=new');
    expect(server.watches[1]?.query.get('resourceVersion')).toBe('11');
  });

  test('notices a server that accepts the watch and never answers', async () => {
    const server = await faultServer();
    server.onList(page('10', [])).onWatch(silence, streaming(line('ADDED', b)));
    const { holds } = watching(clientOf(server, { callTimeout: 100 }));
    await holds('b=new');
  });

  test('waits as long as a busy server asks', async () => {
    const server = await faultServer();
    server.onList(page('10', [])).onWatch(refusal(429, 'TooManyRequests', { 'retry-after': '1' }), streaming(line('ADDED', b)));
    const { holds } = watching(clientOf(server));
    await holds('b=new');
    const [first, second] = server.watches;
    // Timers may fire a millisecond early.
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test('does not ask in a tight loop when the server accepts watches only to end them', async () => {
    const server = await faultServer();
    server.onList(page('10', [])).onWatch(ending());
    const { stop } = watching(clientOf(server), { backoff: { initial: 50, max: 3_600_000, factor: 4, jitter: 0 } });
    // The list, and watches with pauses of 50 and 200 ms between them; the next pause would be 800 ms.
    await server.seen(4);
    const [first, second, third] = server.watches;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(49);
    expect((third?.at ?? 0) - (second?.at ?? 0)).toBeGreaterThanOrEqual(199);
    await stop();
  });

  test('ends at once when it is told to, in the middle of a long pause', async () => {
    const server = await faultServer();
    server.onList(page('10', [])).onWatch(refusal(429, 'TooManyRequests', { 'retry-after': '3600' }));
    const { stop, lines } = watching(clientOf(server));
    while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await expect(stop()).resolves.toBeUndefined();
  });

  test('ends at once when it is told to, in the middle of a watch', async () => {
    const server = await faultServer();
    server.onList(page('10', [a1])).onWatch(streaming());
    const { stop, lines } = watching(clientOf(server));
    await server.seen(2);
    await stop();
    expect(lines).toEqual([]);
  });

  test('survives a handler that throws, and says which object it was', async () => {
    const server = await faultServer();
    server.onList(page('10', [a1])).onWatch(streaming(line('ADDED', b)));
    const { reflector, holds, lines } = watching(clientOf(server));
    reflector.onChange(({ key }) => {
      throw new Error(`cannot take ${key}`);
    });
    await holds('a=one', 'b=new');
    expect(lines).toMatchObject([
      { msg: 'change handler failed', key: 'x/a' },
      { msg: 'change handler failed', key: 'x/b' },
    ]);
  });
});

test('characters of several bytes survive whatever the chunks they are cut into', async () => {
  const value = 'Größe 😀 日本語 \u2028 end';
  const whole = Buffer.from(line('ADDED', configMap('a', '11', value)));
  await assert(
    asyncProperty(array(integer({ min: 1, max: whole.length - 1 }), { maxLength: 12 }), async (cuts) => {
      const server = await faultServer();
      const edges = [0, ...new Set(cuts), whole.length].toSorted((x, y) => x - y);
      const pieces = edges.slice(1).map((end, index) => whole.subarray(edges[index], end));
      server.onList(page('10', [])).onWatch(streaming(...pieces));
      const { holds, stop } = watching(clientOf(server));
      await holds(`a=${value}`);
      await stop();
      await server.close();
    }),
    { numRuns: 20, examples: [[Array.from({ length: whole.length - 1 }, (_, index) => index + 1)]] },
  );
});
