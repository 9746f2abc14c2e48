import { describe, expect, test } from 'vitest';

import { Backoff, pause, reflectorBackoff } from '../../../kube/backoff.ts';

const plain = { initial: 100, max: 1000, factor: 2, jitter: 0 };

describe('a back-off', () => {
  test('doubles up to its limit, and begins anew after a reset', () => {
    const backoff = new Backoff(plain);
    expect([1, 2, 3, 4, 5, 6].map(() => backoff.next())).toEqual([100, 200, 400, 800, 1000, 1000]);
    backoff.reset();
    expect(backoff.next()).toBe(100);
  });

  test('spreads its delays by the jitter to both sides', () => {
    const delays = [0, 0.5, 1].map((random) => new Backoff({ ...plain, jitter: 0.5 }, () => random).next());
    expect(delays).toEqual([50, 100, 150]);
  });

  test('never waits less than a server asks for', () => {
    const backoff = new Backoff(plain);
    expect(backoff.next(5000)).toBe(5000);
    expect(backoff.next(5)).toBe(200);
  });

  test('stays within its limit after very many failures', () => {
    const backoff = new Backoff({ ...reflectorBackoff, jitter: 0 });
    for (let failure = 0; failure < 5000; failure += 1) backoff.next();
    expect(backoff.next()).toBe(30_000);
  });
});

test('a pause ends early, without an error, when its signal aborts, also before it begins', async () => {
  const ended = new AbortController();
  const pausing = pause(3_600_000, ended.signal);
  ended.abort();
  await expect(pausing).resolves.toBe(undefined);
  await expect(pause(3_600_000, ended.signal)).resolves.toBe(undefined);
});
