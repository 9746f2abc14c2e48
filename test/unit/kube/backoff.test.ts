import { assert, double, integer, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Backoff, pause, reflectorBackoff } from '../../../kube/backoff.ts';

describe('a backoff', () => {
  test('grows by its factor from the first delay to the longest, and starts over when reset', () => {
    const backoff = new Backoff({ initial: 100, max: 1000, factor: 3, jitter: 0.5 }, () => 0.5);
    expect([1, 2, 3, 4, 5].map(() => backoff.next())).toEqual([100, 300, 900, 1000, 1000]);
    backoff.reset();
    expect(backoff.next()).toBe(100);
  });

  test('spreads its delays over the jitter', () => {
    const options = { initial: 1000, max: 1000, factor: 2, jitter: 0.5 };
    expect(new Backoff(options, () => 0).next()).toBe(500);
    expect(new Backoff(options, () => 0.999_999).next()).toBeCloseTo(1500, 1);
  });

  test('never waits less than the server asks for', () => {
    const backoff = new Backoff({ initial: 10, max: 100, factor: 2, jitter: 0.5 });
    expect(backoff.next(7000)).toBe(7000);
  });

  test('keeps within half and one and a half times its limits, however often it fails', () => {
    const inputs = record({ failures: integer({ min: 0, max: 2000 }), random: double({ min: 0, max: 1, maxExcluded: true, noNaN: true }) });
    assert(
      property(inputs, ({ failures, random }) => {
        const backoff = new Backoff(reflectorBackoff, () => random);
        for (let count = 0; count < failures; count += 1) backoff.next();
        const delay = backoff.next();
        expect(delay).toBeGreaterThanOrEqual(400);
        expect(delay).toBeLessThanOrEqual(45_000);
      }),
    );
  });
});

describe('a pause', () => {
  test('ends at once when its signal aborts, also when it was aborted before', async () => {
    const ended = new AbortController();
    const pausing = pause(3_600_000, ended.signal);
    ended.abort();
    await expect(pausing).resolves.toBeUndefined();
    await expect(pause(3_600_000, ended.signal)).resolves.toBeUndefined();
  });

  test('ends by itself', async () => {
    await expect(pause(1, new AbortController().signal)).resolves.toBeUndefined();
  });
});
