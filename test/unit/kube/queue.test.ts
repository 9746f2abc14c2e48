import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { WorkQueue } from '../../../kube/queue.ts';
import { QueueModel, anyStep } from './queue-model.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function takeNow(queue: WorkQueue): Promise<string | undefined> {
  expect(queue.depth).toBeGreaterThan(0);
  return queue.take();
}

describe('the work queue', () => {
  test('is as its model says after any calls: no key twice at once, none lost, none unasked for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 100, size: 'max' }), async (steps) => {
        const queue = new WorkQueue();
        const model = new QueueModel(queue, (time) => vi.advanceTimersByTime(time));
        for (const step of steps) await model.take(step);
        const owed = model.owed();
        expect(await model.drained()).toEqual(owed);
      }),
    );
  });

  test('hands out keys in the order in which they came, each once', async () => {
    const queue = new WorkQueue();
    for (const key of ['b', 'a', 'b', 'c', 'a']) queue.add(key);
    expect([await takeNow(queue), await takeNow(queue), await takeNow(queue)]).toEqual(['b', 'a', 'c']);
    expect(queue.depth).toBe(0);
  });

  test('brings a key that was added during its pass back once, after the pass', async () => {
    const queue = new WorkQueue();
    queue.add('a');
    await takeNow(queue);
    queue.add('a');
    queue.add('a');
    expect(queue.depth).toBe(0);
    queue.done('a');
    expect(await takeNow(queue)).toBe('a');
    queue.done('a');
    expect(queue.depth).toBe(0);
  });

  test('keeps the shortest of several delays', async () => {
    const queue = new WorkQueue();
    queue.addAfter('a', 500);
    queue.addAfter('a', 100);
    queue.addAfter('a', 900);
    vi.advanceTimersByTime(99);
    expect(queue.depth).toBe(0);
    vi.advanceTimersByTime(1);
    expect(await takeNow(queue)).toBe('a');
    queue.done('a');
    vi.advanceTimersByTime(10_000);
    expect(queue.depth).toBe(0);
  });

  test('adds at once for a delay of nothing, and never early for one beyond what timers hold', () => {
    const queue = new WorkQueue();
    queue.addAfter('now', 0);
    expect(queue.depth).toBe(1);
    queue.addAfter('in-a-year', 365 * 86_400_000);
    vi.advanceTimersByTime(86_400_000);
    expect(queue.depth).toBe(1);
    queue.close();
  });

  test('doubles the delay with each failure of a key up to the limit, for itself, until it is forgotten', () => {
    const queue = new WorkQueue({ initialBackoff: 10, maxBackoff: 50 });
    const delayOf = (key: string): number => {
      const before = queue.depth;
      queue.addRateLimited(key);
      for (let waited = 1; ; waited += 1) {
        vi.advanceTimersByTime(1);
        if (queue.depth > before) {
          void queue.take();
          queue.done(key);
          return waited;
        }
      }
    };
    expect([delayOf('a'), delayOf('a'), delayOf('a'), delayOf('a'), delayOf('a')]).toEqual([10, 20, 40, 50, 50]);
    expect(delayOf('b')).toBe(10);
    expect(queue.failures('a')).toBe(5);
    queue.forget('a');
    expect(delayOf('a')).toBe(10);
  });

  test('closed hands out nothing, wakes those who wait, and fires no delay', async () => {
    const queue = new WorkQueue();
    queue.add('under-work');
    await takeNow(queue);
    const waiting = [queue.take(), queue.take()];
    queue.addAfter('later', 10);
    queue.close();
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
    queue.add('too-late');
    queue.addAfter('too-late', 10);
    queue.addRateLimited('too-late');
    vi.advanceTimersByTime(1_000_000);
    queue.done('under-work');
    expect(await queue.take()).toBe(undefined);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('keeps the order through many thousands of keys', async () => {
    const queue = new WorkQueue();
    const keys = Array.from({ length: 10_000 }, (_, index) => `key-${index}`);
    for (const key of keys) queue.add(key);
    const taken: string[] = [];
    for (const _ of keys) taken.push((await queue.take()) ?? 'closed');
    expect(taken).toEqual(keys);
  });

  test('tells its observer what it does', async () => {
    const told: string[] = [];
    const seconds = (name: string) => (value: number) => told.push(`${name} ${value}`);
    const observer = {
      added: () => told.push('added'),
      retried: () => told.push('retried'),
      depth: (now: number) => told.push(`depth ${now}`),
      waited: seconds('waited'),
      worked: seconds('worked'),
    };
    const queue = new WorkQueue({ initialBackoff: 1000, observer });
    queue.add('a');
    vi.advanceTimersByTime(2000);
    await queue.take();
    vi.advanceTimersByTime(500);
    queue.addRateLimited('a');
    queue.done('a');
    queue.close();
    expect(told).toEqual(['added', 'depth 1', 'waited 2', 'depth 0', 'retried', 'worked 0.5']);
  });
});
