import { describe, expect, test } from 'vitest';

import { configMaps } from '../../../kube/builtin.ts';
import { configMap, startFaulty } from './faulty.ts';

describe('a guarded client', () => {
  test('asks again before it repeats a write that a busy server sent away', async () => {
    const { server, client } = await startFaulty();
    let leads = true;
    const guarded = client.guarded(() => {
      if (!leads) throw new Error('not any more');
    });
    const creating = guarded.create(configMaps, configMap('a', ''));
    creating.catch(() => undefined);
    const first = await server.next('call');
    // As a process that is paused while it waits to try again, and wakes up without the lease.
    leads = false;
    first.refuse(429, 'TooManyRequests', { 'retry-after': '0' });
    await expect(creating).rejects.toThrow('not any more');
    expect(server.count('call')).toBe(1);
  });

  test('asks when the write gets its connection, not when it begins to wait for one', async () => {
    const { server, client } = await startFaulty({ connections: 1 });
    let leads = true;
    const guarded = client.guarded(() => {
      if (!leads) throw new Error('not any more');
    });
    const first = guarded.create(configMaps, configMap('a', ''));
    const held = await server.next('call');
    const second = guarded.create(configMaps, configMap('b', ''));
    second.catch(() => undefined);
    // A turn of the event loop, after which the second write waits for the only connection.
    await new Promise((resolve) => setImmediate(resolve));
    leads = false;
    held.json(201, configMap('a', '7'));
    expect((await first).metadata.resourceVersion).toBe('7');
    await expect(second).rejects.toThrow('not any more');
    expect(server.count('call')).toBe(1);
    // The connection is of use afterwards.
    const getting = guarded.get(configMaps, { namespace: 'test', name: 'a' });
    (await server.next('call')).json(200, configMap('a', '7'));
    await getting;
  });

  test('asks again before it repeats a write with new credentials', async () => {
    const { server, client } = await startFaulty();
    let leads = true;
    const guarded = client.guarded(() => {
      if (!leads) throw new Error('not any more');
    });
    const creating = guarded.create(configMaps, configMap('a', ''));
    creating.catch(() => undefined);
    const first = await server.next('call');
    leads = false;
    first.refuse(401, 'Unauthorized');
    await expect(creating).rejects.toThrow('not any more');
    expect(server.count('call')).toBe(1);
  });

  test('does not ask for reads', async () => {
    const { server, client } = await startFaulty();
    const guarded = client.guarded(() => {
      throw new Error('never asked for a read');
    });
    const getting = guarded.get(configMaps, { namespace: 'test', name: 'a' });
    (await server.next('call')).json(200, configMap('a', '7'));
    expect((await getting).metadata.name).toBe('a');
  });
});

test('a server that asks for an hour is left to the back-off of whoever called', async () => {
  const { server, client } = await startFaulty({ connections: 1 });
  const listing = client.list(configMaps);
  listing.catch(() => undefined);
  (await server.next('list')).refuse(429, 'TooManyRequests', { 'retry-after': '3600' });
  await expect(listing).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS', retryAfter: 3_600_000 });
});

test('a call that waits for a busy server ends when its caller gives up', async () => {
  const { server, client } = await startFaulty({ connections: 1 });
  const ended = new AbortController();
  const listing = client.list(configMaps, { signal: ended.signal });
  listing.catch(() => undefined);
  (await server.next('list')).refuse(429, 'TooManyRequests', { 'retry-after': '25' });
  // The only connection is free for another call once the refusal has been read.
  const getting = client.get(configMaps, { namespace: 'test', name: 'a' });
  (await server.next('call')).json(200, configMap('a', '7'));
  await getting;
  ended.abort();
  await expect(listing).rejects.toThrow('aborted by the caller');
  expect(server.count('list')).toBe(1);
});
