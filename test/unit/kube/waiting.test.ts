import { describe, expect, test } from 'vitest';

import { within } from '../../../kube/waiting.ts';

describe('within', () => {
  test('gives what the promise gives when that is first', async () => {
    expect(await within(Promise.resolve(7), new AbortController().signal, 3_600_000)).toBe(7);
    await expect(within(Promise.reject(new Error('mine')), undefined)).rejects.toThrow('mine');
  });

  test('gives undefined when the time is over or the signal aborts first', async () => {
    const never = new Promise<number>(() => undefined);
    const ended = new AbortController();
    expect(await within(never, undefined, 1)).toBeUndefined();
    const waiting = within(never, ended.signal);
    ended.abort();
    expect(await waiting).toBeUndefined();
    expect(await within(never, ended.signal)).toBeUndefined();
  });

  test('leaves no listener behind on a signal that lives long', async () => {
    const ended = new AbortController();
    let listeners = 0;
    const { signal } = ended;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>): void => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>): void => {
      listeners -= 1;
      remove(...args);
    };
    for (let count = 0; count < 10; count += 1) await within(Promise.resolve(), signal, 3_600_000);
    expect(listeners).toBe(0);
  });
});
