import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { leases, type Lease } from '../../../kube/builtin.ts';
import { LeaderElector, microTime } from '../../../kube/lease.ts';
import { FakeApi, failure } from './fake-api.ts';
import { silent } from './silent.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class Candidate {
  readonly elector: LeaderElector;
  readonly #stop = new AbortController();
  acquired = false;
  lost: unknown;
  readonly #running: Promise<void>;

  constructor(api: FakeApi, identity: string) {
    this.elector = new LeaderElector(api, {
      namespace: 'x',
      name: 'leader',
      identity,
      leaseDuration: 15_000,
      renewDeadline: 10_000,
      retryPeriod: 2000,
      log: silent,
    });
    this.#running = this.#run();
  }

  get leads(): boolean {
    return this.elector.isLeader();
  }

  /** Ends as a process does that is told to: with the lease released. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.elector.release();
  }

  async #run(): Promise<void> {
    await this.elector.acquire(this.#stop.signal);
    this.acquired = this.elector.isLeader();
    try {
      await this.elector.renew(this.#stop.signal);
    } catch (error) {
      this.lost = error;
    }
  }
}

function leaseOf(api: FakeApi): Lease {
  const found = api.objects.get('leases/x/leader');
  if (found === undefined) throw new Error('there is no lease');
  return found as Lease;
}

async function after(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

const unavailable = async (): Promise<void> => {
  throw failure(503, 'ServiceUnavailable');
};

describe('leader election', () => {
  test('makes the lease, leads at once, and renews it every two seconds', async () => {
    const api = new FakeApi();
    const one = new Candidate(api, 'one');
    await after(0);
    expect(one.leads).toBe(true);
    const first = leaseOf(api).spec;
    expect(first).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: 15, leaseTransitions: 0 });
    await after(2000);
    const second = leaseOf(api).spec;
    expect(second.acquireTime).toBe(first.acquireTime);
    expect(Date.parse(second.renewTime ?? '') - Date.parse(first.renewTime ?? '')).toBe(2000);
    await after(3_600_000);
    expect(one.leads).toBe(true);
    await one.stop();
  });

  test('lets a second candidate wait while the first renews', async () => {
    const api = new FakeApi();
    const one = new Candidate(api, 'one');
    await after(0);
    const two = new Candidate(api, 'two');
    await after(600_000);
    expect([one.leads, two.leads]).toEqual([true, false]);
    await Promise.all([one.stop(), two.stop()]);
  });

  test('hands over at the next try when the leader releases the lease, and counts the change', async () => {
    const api = new FakeApi();
    const one = new Candidate(api, 'one');
    await after(0);
    const two = new Candidate(api, 'two');
    await after(5000);
    await one.stop();
    expect(one.leads).toBe(false);
    expect(leaseOf(api).spec.holderIdentity).toBe('');
    // Two seconds and at most a fifth more between tries.
    await after(2400);
    expect(two.leads).toBe(true);
    expect(leaseOf(api).spec).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
    await two.stop();
  });

  test('takes over from a dead leader no sooner than the lease duration after the renewal it last saw', async () => {
    const api = new FakeApi();
    await api.create(leases, {
      metadata: { namespace: 'x', name: 'leader' },
      spec: { holderIdentity: 'dead', leaseDurationSeconds: 15, renewTime: microTime(new Date(0)) },
    });
    const two = new Candidate(api, 'two');
    await after(14_900);
    // The lease's own time is long past, but whose clock wrote it is not known.
    expect(two.leads).toBe(false);
    await after(3000);
    expect(two.leads).toBe(true);
    await two.stop();
  });

  test('counts anew with each renewal that a waiting candidate sees', async () => {
    const api = new FakeApi();
    await api.create(leases, {
      metadata: { namespace: 'x', name: 'leader' },
      spec: { holderIdentity: 'other', leaseDurationSeconds: 15 },
    });
    const two = new Candidate(api, 'two');
    for (let round = 0; round < 10; round += 1) {
      await after(14_000);
      expect(two.leads).toBe(false);
      const { metadata, spec } = leaseOf(api);
      await api.replace(leases, { metadata, spec: { ...spec, renewTime: microTime(new Date()) } });
    }
    await after(20_000);
    expect(two.leads).toBe(true);
    await two.stop();
  });

  test('ends with LeadershipLostError when no renewal succeeds by the deadline, before others may start', async () => {
    const api = new FakeApi();
    const one = new Candidate(api, 'one');
    await after(0);
    api.before = unavailable;
    await after(9900);
    expect([one.leads, one.lost]).toEqual([true, undefined]);
    await after(200);
    expect(one.leads).toBe(false);
    expect(one.lost).toMatchObject({
      code: 'LEADERSHIP_LOST',
      message: expect.stringContaining('x/leader'),
      cause: { httpStatus: 503 },
    });
  });

  test('survives failures that are shorter than the deadline', async () => {
    const api = new FakeApi();
    const one = new Candidate(api, 'one');
    for (let round = 0; round < 5; round += 1) {
      await after(3000);
      api.before = unavailable;
      await after(5500);
      api.before = async () => undefined;
    }
    await after(4000);
    expect([one.leads, one.lost]).toEqual([true, undefined]);
    await one.stop();
  });

  test('ends in time although the API server takes the renewal and never answers', async () => {
    const api = new FakeApi();
    const one = new Candidate(api, 'one');
    await after(0);
    api.before = () => new Promise(() => undefined);
    await after(10_100);
    expect(one.leads).toBe(false);
    expect(one.lost).toMatchObject({ code: 'LEADERSHIP_LOST' });
  });

  test('is not brought back by an answer that comes after the deadline', async () => {
    const api = new FakeApi();
    const one = new Candidate(api, 'one');
    await after(0);
    const gate = Promise.withResolvers<void>();
    api.before = () => gate.promise;
    await after(10_100);
    gate.resolve();
    await after(0);
    expect(one.leads).toBe(false);
  });

  test('counts a lease from when its renewal was sent, not from when the answer came', async () => {
    const api = new FakeApi();
    const slow = Promise.withResolvers<void>();
    api.before = async (call) => (call.verb === 'create' ? slow.promise : undefined);
    const one = new Candidate(api, 'one');
    await after(9000);
    slow.resolve();
    await after(0);
    api.before = unavailable;
    expect(one.leads).toBe(true);
    await after(1100);
    expect(one.leads).toBe(false);
  });

  test('stops at once when another holds the lease, however that came about', async () => {
    const api = new FakeApi();
    const one = new Candidate(api, 'one');
    await after(0);
    const { metadata, spec } = leaseOf(api);
    await api.replace(leases, { metadata, spec: { ...spec, holderIdentity: 'two' } });
    await after(2000);
    expect(one.leads).toBe(false);
    expect(one.lost).toMatchObject({ code: 'LEADERSHIP_LOST' });
    expect(leaseOf(api).spec.holderIdentity).toBe('two');
  });

  test('tries again when somebody else merely touched the lease in between', async () => {
    const api = new FakeApi();
    const one = new Candidate(api, 'one');
    await after(0);
    let conflicts = 0;
    api.before = async (call) => {
      if (call.verb !== 'replace' || conflicts > 0) return;
      conflicts += 1;
      throw failure(409, 'Conflict');
    };
    await after(5000);
    expect(conflicts).toBe(1);
    expect([one.leads, one.lost]).toEqual([true, undefined]);
    await one.stop();
  });

  test('does not lead after a sleep of the machine, in which only the wall clock went on', async () => {
    const api = new FakeApi();
    const one = new Candidate(api, 'one');
    await after(0);
    vi.setSystemTime(Date.now() + 60_000);
    expect(one.leads).toBe(false);
    await after(2000);
    expect(one.lost).toMatchObject({ code: 'LEADERSHIP_LOST' });
  });

  test('of two candidates that find no lease, one leads', async () => {
    const api = new FakeApi();
    const gate = Promise.withResolvers<void>();
    // Both have looked before either writes.
    api.before = async (call) => (call.verb === 'create' ? gate.promise : undefined);
    const candidates = [new Candidate(api, 'one'), new Candidate(api, 'two')];
    await after(0);
    gate.resolve();
    await after(10_000);
    expect(candidates.filter(({ leads }) => leads)).toHaveLength(1);
    for (const candidate of candidates) await candidate.stop();
  });

  test('writes nothing on release when it does not lead', async () => {
    const api = new FakeApi();
    const one = new Candidate(api, 'one');
    await after(0);
    const two = new Candidate(api, 'two');
    await after(3000);
    const before = leaseOf(api);
    await two.stop();
    expect(leaseOf(api)).toBe(before);
    await one.stop();
  });

  test('gives the candidacy up when told to, without leading', async () => {
    const api = new FakeApi();
    api.before = unavailable;
    const one = new Candidate(api, 'one');
    await after(60_000);
    await one.stop();
    expect([one.acquired, one.lost]).toEqual([false, undefined]);
  });
});

test('microTime writes six digits, as metav1.MicroTime wants them', () => {
  expect(microTime(new Date('2026-01-02T03:04:05.678Z'))).toBe('2026-01-02T03:04:05.678000Z');
});
