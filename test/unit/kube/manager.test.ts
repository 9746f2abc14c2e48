import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { configMaps, leases, type Lease } from '../../../kube/builtin.ts';
import { LeadershipLostError } from '../../../kube/lease.ts';
import { Manager, type ManagerOptions } from '../../../kube/manager.ts';
import { FakeApi, failure } from './fake-api.ts';
import { silent } from './silent.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const object = { metadata: { namespace: 'x', name: 'a' } };
const election = {
  namespace: 'x',
  name: 'leader',
  identity: 'me',
  leaseDuration: 15_000,
  renewDeadline: 10_000,
  retryPeriod: 2000,
};

function managerOf(api: FakeApi, options: Partial<ManagerOptions> = {}): Manager {
  return new Manager({ client: api, log: silent, leaderElection: election, ...options });
}

interface Running {
  stop(this: void): void;
  /** `ended`, the error it ended with, or undefined while it runs. */
  outcome(this: void): unknown;
}

function start(manager: Manager): Running {
  const stopping = new AbortController();
  let outcome: unknown;
  manager.run(stopping.signal).then(
    () => (outcome = 'ended'),
    (error: unknown) => (outcome = error),
  );
  return { stop: () => stopping.abort(), outcome: () => outcome };
}

async function after(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

function holder(api: FakeApi): string | null | undefined {
  return (api.objects.get('leases/x/leader') as Lease | undefined)?.spec.holderIdentity;
}

describe('a manager', () => {
  test('begins no pass before its caches hold the first list', async () => {
    const api = new FakeApi();
    await api.create(configMaps, object);
    const gate = Promise.withResolvers<void>();
    api.before = async (call) => (call.verb === 'list' ? gate.promise : undefined);
    const manager = managerOf(api);
    const seen: string[] = [];
    const cache = manager.cache(configMaps);
    const controller = manager.controller({
      name: 'c',
      reconcile: async (key) => {
        seen.push(`${key} of ${cache.store.size}`);
        return {};
      },
    });
    cache.onChange(({ key }) => controller.queue.add(key));
    controller.queue.add('x/early');
    const { stop, outcome } = start(manager);
    await after(60_000);
    expect(seen).toEqual([]);
    expect(holder(api)).toBeUndefined();
    gate.resolve();
    await after(0);
    expect(seen).toEqual(['x/early of 1', 'x/a of 1']);
    stop();
    await after(3000);
    expect(outcome()).toBe('ended');
  });

  test('keeps its caches while another process leads, and reconciles nothing', async () => {
    const api = new FakeApi();
    await api.create(configMaps, object);
    await api.create(leases, {
      metadata: { namespace: 'x', name: 'leader' },
      spec: { holderIdentity: 'other', leaseDurationSeconds: 3600 },
    });
    const manager = managerOf(api);
    const cache = manager.cache(configMaps);
    let passes = 0;
    const controller = manager.controller({ name: 'c', reconcile: async () => ((passes += 1), {}) });
    cache.onChange(({ key }) => controller.queue.add(key));
    const { stop, outcome } = start(manager);
    await after(60_000);
    expect([cache.store.size, controller.queue.depth, passes]).toEqual([1, 1, 0]);
    stop();
    await after(3000);
    expect(outcome()).toBe('ended');
    expect(holder(api)).toBe('other');
  });

  test('told to end, lets the pass under way finish and write, begins no other, then releases the lease', async () => {
    const api = new FakeApi();
    const manager = managerOf(api);
    const gate = Promise.withResolvers<void>();
    const begun: string[] = [];
    const controller = manager.controller({
      name: 'c',
      workers: 1,
      reconcile: async (key) => {
        begun.push(key);
        await gate.promise;
        await manager.client.create(configMaps, object);
        return {};
      },
    });
    const { stop, outcome } = start(manager);
    controller.queue.add('first');
    controller.queue.add('second');
    await after(0);
    stop();
    await after(20_000);
    expect([begun, outcome(), holder(api)]).toEqual([['first'], undefined, 'me']);
    gate.resolve();
    await after(0);
    expect([begun, outcome(), holder(api)]).toEqual([['first'], 'ended', '']);
    expect(api.objects.has('configmaps/x/a')).toBe(true);
  });

  test('ends after the grace period although a pass goes on, and keeps the lease: no other starts beside', async () => {
    const api = new FakeApi();
    const manager = managerOf(api, { gracePeriod: 5000 });
    const controller = manager.controller({ name: 'c', reconcile: () => new Promise(() => undefined) });
    controller.queue.add('a');
    const { stop, outcome } = start(manager);
    await after(0);
    stop();
    await after(4999);
    expect(outcome()).toBeUndefined();
    await after(1);
    expect([outcome(), holder(api)]).toEqual(['ended', 'me']);
  });

  test('that loses the lease ends with LeadershipLostError at once; passes under way may not write', async () => {
    const api = new FakeApi();
    const manager = managerOf(api);
    const gate = Promise.withResolvers<void>();
    let refusal: unknown;
    const controller = manager.controller({
      name: 'c',
      reconcile: async () => {
        await gate.promise;
        await manager.client.create(configMaps, object).catch((error: unknown) => (refusal = error));
        return {};
      },
    });
    controller.queue.add('a');
    const { outcome } = start(manager);
    await after(0);
    api.before = async () => Promise.reject(failure(503, 'ServiceUnavailable'));
    await after(10_100);
    expect(outcome()).toBeInstanceOf(LeadershipLostError);
    api.before = async () => undefined;
    gate.resolve();
    await after(0);
    expect(refusal).toBeInstanceOf(LeadershipLostError);
    expect(api.objects.has('configmaps/x/a')).toBe(false);
    expect(holder(api)).toBe('me');
  });

  test('that finds another holder in its lease ends what runs beside it, and leaves the lease alone', async () => {
    const api = new FakeApi();
    const manager = managerOf(api);
    let told = false;
    manager.whileLeading(async (signal) => {
      signal.addEventListener('abort', () => (told = true));
      await new Promise(() => undefined);
    });
    const { outcome } = start(manager);
    await after(0);
    const { metadata, spec } = api.objects.get('leases/x/leader') as Lease;
    await api.replace(leases, { metadata, spec: { ...spec, holderIdentity: 'other' } });
    await after(2000);
    expect(outcome()).toBeInstanceOf(LeadershipLostError);
    expect([told, holder(api)]).toEqual([true, 'other']);
  });

  test('whose clock jumped ends at its next write, before the write', async () => {
    const api = new FakeApi();
    const manager = managerOf(api);
    const controller = manager.controller({
      name: 'c',
      reconcile: async () => {
        await manager.client.create(configMaps, object);
        return {};
      },
    });
    const { outcome } = start(manager);
    await after(0);
    vi.setSystemTime(Date.now() + 60_000);
    controller.queue.add('a');
    await after(0);
    expect(outcome()).toBeInstanceOf(LeadershipLostError);
    expect(api.objects.has('configmaps/x/a')).toBe(false);
  });

  test('runs what is to run while it leads, tells it to end, and waits for it', async () => {
    const api = new FakeApi();
    const manager = managerOf(api);
    const story: string[] = [];
    manager.whileLeading(async (signal) => {
      story.push(`begun, ${holder(api)} leads`);
      const { promise, resolve } = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => setTimeout(resolve, 1000));
      await promise;
      story.push(`ended, ${holder(api)} leads`);
    });
    const { stop, outcome } = start(manager);
    await after(30_000);
    stop();
    await after(1000);
    expect(story).toEqual(['begun, me leads', 'ended, me leads']);
    expect([outcome(), holder(api)]).toEqual(['ended', '']);
  });

  test('ends with the error of what failed while leading, and hands over nothing beside passes at work', async () => {
    const api = new FakeApi();
    const manager = managerOf(api);
    const controller = manager.controller({ name: 'c', reconcile: () => new Promise(() => undefined) });
    controller.queue.add('a');
    const broken = new Error('the collector is broken');
    manager.whileLeading(() => Promise.reject(broken));
    const { outcome } = start(manager);
    await after(0);
    expect([outcome(), holder(api)]).toEqual([broken, 'me']);
  });

  test('says in its metrics whether it leads', async () => {
    const api = new FakeApi();
    const manager = managerOf(api);
    const { stop } = start(manager);
    await after(0);
    expect(await manager.metrics.registry.metrics()).toContain('leader_election_master_status{name="x/leader"} 1');
    stop();
    await after(0);
    expect(await manager.metrics.registry.metrics()).toContain('leader_election_master_status{name="x/leader"} 0');
  });

  test('without leader election leads from the start and writes unfenced', async () => {
    const api = new FakeApi();
    const manager = new Manager({ client: api, log: silent });
    expect(manager.client).toBe(api);
    const passed = Promise.withResolvers<string>();
    const controller = manager.controller({
      name: 'c',
      reconcile: async (key) => {
        passed.resolve(key);
        return {};
      },
    });
    controller.queue.add('a');
    const { stop, outcome } = start(manager);
    expect(await passed.promise).toBe('a');
    stop();
    await after(0);
    expect(outcome()).toBe('ended');
    expect(api.made('create')).toEqual([]);
  });
});

test('a manager is ready once its caches are, and names those that are not', async () => {
  vi.useRealTimers();
  const api = new FakeApi();
  const gate = Promise.withResolvers<void>();
  api.before = async (call) => (call.verb === 'list' ? gate.promise : undefined);
  const manager = new Manager({ client: api, log: silent, health: { port: 0, host: '127.0.0.1' } });
  const cache = manager.cache(configMaps);
  const stopping = new AbortController();
  const running = manager.run(stopping.signal);
  const listening = await vi.waitUntil(() => manager.healthPort, { timeout: 30_000 });
  const ready = async (): Promise<string> => (await fetch(`http://127.0.0.1:${listening}/readyz`)).text();
  expect(await ready()).toBe('[-] caches: waiting for the first list of configmaps\nnot ok\n');
  gate.resolve();
  await cache.synced;
  expect(await ready()).toBe('[+] caches ok\nok\n');
  stopping.abort();
  await running;
});
