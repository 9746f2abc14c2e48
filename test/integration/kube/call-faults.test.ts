import { describe, expect, test } from 'vitest';

import { configMaps } from '../../../kube/builtin.ts';
import { KubeClient } from '../../../kube/client.ts';
import { evictions } from '../../../kube/disruption.ts';
import { NotFoundError, ServerError, TooManyRequestsError, TransportError } from '../../../kube/errors.ts';
import { configMap, startFaulty, watchFaulty } from './faulty.ts';

const key = { namespace: 'test', name: 'a' };
/** Timers may fire a little before a second on this clock is over. */
const oneSecond = 990;

describe('a call', () => {
  test('refused with 429 is repeated after Retry-After, whatever its verb', async () => {
    const { server, client } = await startFaulty();
    const creating = client.create(configMaps, configMap('a', ''));
    (await server.next('call')).refuse(429, 'TooManyRequests', { 'retry-after': '1' });
    const refused = performance.now();
    const again = await server.next('call');
    expect(performance.now() - refused).toBeGreaterThanOrEqual(oneSecond);
    expect(again.method).toBe('POST');
    again.json(201, configMap('a', '7'));
    expect((await creating).metadata.resourceVersion).toBe('7');
  });

  test('that is refused with 429 for ever is given up with what the server said', async () => {
    const { server, transport } = await startFaulty();
    const getting = new KubeClient(transport, { fieldManager: 'tests', throttleRetries: 2 }).get(configMaps, key);
    getting.catch(() => undefined);
    for (let answer = 0; answer < 3; answer += 1)
      (await server.next('call')).refuse(429, 'TooManyRequests', { 'retry-after': '0' });
    await expect(getting).rejects.toBeInstanceOf(TooManyRequestsError);
    expect(server.count('call')).toBe(3);
  });

  test('whose connection is cut is repeated once if it only reads, and never if it writes', async () => {
    const { server, client } = await startFaulty();
    const getting = client.get(configMaps, key);
    (await server.next('call')).cut();
    (await server.next('call')).json(200, configMap('a', '7'));
    expect((await getting).metadata.name).toBe('a');

    const creating = client.create(configMaps, configMap('a', ''));
    creating.catch(() => undefined);
    (await server.next('call')).cut();
    await expect(creating).rejects.toBeInstanceOf(TransportError);
    expect(server.count('call')).toBe(3);
  });

  test("answered with 500 fails at once, with the server's message", async () => {
    const { server, client } = await startFaulty();
    const getting = client.get(configMaps, key);
    getting.catch(() => undefined);
    (await server.next('call')).refuse(500, 'InternalError');
    await expect(getting).rejects.toThrow('GET /api/v1/namespaces/test/configmaps/a: the server says InternalError');
    await expect(getting).rejects.toBeInstanceOf(ServerError);
  });

  test("answered with a page of HTML by a proxy fails with the page's first words", async () => {
    const { server, client } = await startFaulty();
    const getting = client.get(configMaps, key);
    getting.catch(() => undefined);
    (await server.next('call')).text(502, `<html><h1>502 Bad Gateway</h1>${' '.repeat(100_000)}</html>`, {
      'content-type': 'text/html',
    });
    await expect(getting).rejects.toMatchObject({ httpStatus: 502, reason: '', code: 'SERVER_ERROR' });
    await expect(getting).rejects.toThrow('502 Bad Gateway');
  });

  test('answered with something else than JSON fails as if no answer had come', async () => {
    const { server, client } = await startFaulty();
    const getting = client.get(configMaps, key);
    getting.catch(() => undefined);
    (await server.next('call')).text(200, '<html>please log in</html>');
    await expect(getting).rejects.toBeInstanceOf(TransportError);
  });

  test('that the server takes its time for occupies no connection of other calls', async () => {
    const { server, client } = await startFaulty({ connections: 1 });
    const evicting = ['a', 'b', 'c'].map(async (name) =>
      client.create(evictions, { metadata: { namespace: 'test', name } }),
    );
    const unanswered = [await server.next('call'), await server.next('call'), await server.next('call')];
    const getting = client.get(configMaps, key);
    (await server.next('call')).json(200, configMap('a', '7'));
    expect((await getting).metadata.name).toBe('a');
    for (const eviction of unanswered) eviction.json(201, {});
    await Promise.all(evicting);
  });

  test('that gets no answer is given up after the call timeout', async () => {
    const { server, client } = await startFaulty({ callTimeout: 50 });
    const creating = client.create(configMaps, configMap('a', ''));
    creating.catch(() => undefined);
    await server.next('call');
    await expect(creating).rejects.toThrow('no answer from the API server');
  });

  test('keeps the characters of an error message that come in pieces', async () => {
    const { server, client } = await startFaulty();
    const getting = client.get(configMaps, key);
    getting.catch(() => undefined);
    const call = await server.next('call');
    call.begin(404);
    const text = JSON.stringify({ kind: 'Status', code: 404, reason: 'NotFound', message: 'Gerät »東京« fehlt' });
    await call.chunks([...Buffer.from(text)].map((byte) => Uint8Array.of(byte)));
    call.end();
    await expect(getting).rejects.toBeInstanceOf(NotFoundError);
    await expect(getting).rejects.toThrow('Gerät »東京« fehlt');
  });
});

describe('a guarded write', () => {
  test('that had to wait for a connection is not sent when it may not be any more', async () => {
    const { server, client } = await startFaulty({ connections: 1 });
    let allowed = true;
    const guarded = client.guarded(() => {
      if (!allowed) throw new Error('not any more');
    });
    const first = guarded.create(configMaps, configMap('a', ''));
    const occupying = await server.next('call');
    const second = guarded.create(configMaps, configMap('b', ''));
    second.catch(() => undefined);
    allowed = false;
    occupying.json(201, configMap('a', '7'));
    expect((await first).metadata.name).toBe('a');
    await expect(second).rejects.toThrow('not any more');
    expect(server.count('call')).toBe(1);
  });

  test('refused with 429 is not repeated when it may not be any more', async () => {
    const { server, client } = await startFaulty();
    let allowed = true;
    const creating = client
      .guarded(() => {
        if (!allowed) throw new Error('not any more');
      })
      .create(configMaps, configMap('a', ''));
    creating.catch(() => undefined);
    const call = await server.next('call');
    allowed = false;
    call.refuse(429, 'TooManyRequests', { 'retry-after': '0' });
    await expect(creating).rejects.toThrow('not any more');
    expect(server.count('call')).toBe(1);
  });
});

describe('a list in pages', () => {
  test('asks for page after page', async () => {
    const faulty = await startFaulty();
    const { server } = faulty;
    const { reflector } = watchFaulty(faulty, { pageSize: 2 });
    const first = await server.next('list');
    expect(first.url.searchParams.get('limit')).toBe('2');
    first.page([configMap('a', '1'), configMap('b', '2')], '10', 'token-1');
    const second = await server.next('list');
    expect(second.url.searchParams.get('continue')).toBe('token-1');
    second.page([configMap('c', '3')], '10');
    await reflector.synced;
    expect([...reflector.store.list()].map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c']);
  });

  test('whose token expires on the way starts over without pages, and forgets what is gone', async () => {
    const faulty = await startFaulty();
    const { server } = faulty;
    const { reflector, changes } = watchFaulty(faulty, { pageSize: 2 });
    (await server.next('list')).page([configMap('a', '1'), configMap('b', '2')], '10', 'token-1');
    (await server.next('list')).refuse(410, 'Expired');
    const whole = await server.next('list');
    expect(whole.url.searchParams.has('limit')).toBe(false);
    expect(whole.url.searchParams.has('continue')).toBe(false);
    whole.page([configMap('b', '2'), configMap('c', '30')], '40');
    await reflector.synced;
    expect((await server.next('watch')).resourceVersion).toBe('40');
    expect([...reflector.store.list()].map(({ metadata }) => metadata.name)).toEqual(['b', 'c']);
    expect(changes).toEqual(['added test/a', 'added test/b', 'added test/c', 'deleted test/a']);
  });

  test.for([500, 502, 503, 403, 404])('answered with %i is asked for again until it comes', async (status) => {
    const faulty = await startFaulty();
    const { server } = faulty;
    const { reflector, records } = watchFaulty(faulty);
    (await server.next('list')).refuse(status, 'Trouble');
    (await server.next('list')).refuse(status, 'Trouble');
    expect(reflector.hasSynced).toBe(false);
    (await server.next('list')).page([configMap('a', '1')], '10');
    await reflector.synced;
    expect(records.filter(({ msg }) => msg === 'watch interrupted')).toHaveLength(2);
  });
});

describe('a reflector told to wait by Retry-After', () => {
  test('waits as long before it watches again, and keeps its place', async () => {
    const faulty = await startFaulty();
    const { server } = faulty;
    watchFaulty(faulty);
    (await server.next('list')).page([], '10');
    (await server.next('watch')).refuse(429, 'TooManyRequests', { 'retry-after': '1' });
    const refused = performance.now();
    const again = await server.next('watch');
    expect(performance.now() - refused).toBeGreaterThanOrEqual(oneSecond);
    expect(again.resourceVersion).toBe('10');
    expect(server.count('list')).toBe(1);
  });

  test('waits as long before it lists again', async () => {
    const faulty = await startFaulty();
    const { server } = faulty;
    const { reflector } = watchFaulty(faulty);
    (await server.next('list')).refuse(429, 'TooManyRequests', { 'retry-after': '1' });
    const refused = performance.now();
    const again = await server.next('list');
    expect(performance.now() - refused).toBeGreaterThanOrEqual(oneSecond);
    again.page([], '10');
    await reflector.synced;
  });
});
