import { array, assert, asyncProperty } from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { WorkQueue } from '../../../kube/queue.ts';
import { QueueModel, anyStep } from './queue-model.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a work queue', () => {
  test('hands keys out in the order in which they came, each once', async () => {
    const queue = new WorkQueue();
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect(queue.depth).toBe(3);
    expect([await queue.take(), await queue.take(), await queue.take()]).toEqual(['a', 'b', 'c']);
    expect(queue.depth).toBe(0);
  });

  test('gives a key that was added while it was worked on back afterwards, once', async () => {
    const queue = new WorkQueue();
    queue.add('a');
    await queue.take();
    queue.add('a');
    queue.add('a');
    expect(queue.depth).toBe(0);
    queue.done('a');
    expect(queue.depth).toBe(1);
    expect(await queue.take()).toBe('a');
    queue.done('a');
    expect(queue.depth).toBe(0);
  });

  test('wakes takers in the order in which they came', async () => {
    const queue = new WorkQueue();
    const taken = Promise.all([queue.take(), queue.take()]);
    queue.add('first');
    queue.add('second');
    expect(await taken).toEqual(['first', 'second']);
  });

  test('takes the shortest of several delays of one key', async () => {
    const queue = new WorkQueue();
    queue.addAfter('a', 5000);
    queue.addAfter('a', 1000);
    queue.addAfter('a', 3000);
    vi.advanceTimersByTime(999);
    expect(queue.depth).toBe(0);
    vi.advanceTimersByTime(1);
    expect(await queue.take()).toBe('a');
    queue.done('a');
    vi.advanceTimersByTime(10_000);
    expect(queue.depth).toBe(0);
  });

  test('adds at once when the delay is zero or below', () => {
    const queue = new WorkQueue();
    queue.addAfter('a', 0);
    queue.addAfter('b', -5);
    expect(queue.depth).toBe(2);
  });

  test('survives a delay longer than a timer can hold, without adding the key at once', () => {
    const queue = new WorkQueue();
    queue.addAfter('a', 1e12);
    vi.advanceTimersByTime(86_400_000);
    expect(queue.depth).toBe(0);
    queue.close();
  });

  test('doubles the delay with each failure of a key up to the maximum, and starts over after forget', () => {
    const queue = new WorkQueue({ initialBackoff: 10, maxBackoff: 50 });
    expect([1, 2, 3, 4, 5].map(() => delayOf(queue, 'a'))).toEqual([10, 20, 40, 50, 50]);
    expect(queue.failures('a')).toBe(5);
    expect(delayOf(queue, 'b')).toBe(10);
    queue.forget('a');
    expect(queue.failures('a')).toBe(0);
    expect(delayOf(queue, 'a')).toBe(10);
  });

  test('hands out nothing once it is closed, wakes who waits, and keeps no timer', async () => {
    const queue = new WorkQueue();
    const waiting = [queue.take(), queue.take()];
    queue.addAfter('late', 100);
    queue.close();
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
    queue.add('a');
    queue.addAfter('b', 5);
    queue.addRateLimited('c');
    expect(vi.getTimerCount()).toBe(0);
    expect(await queue.take()).toBeUndefined();
    expect(queue.depth).toBe(0);
  });

  test('lets work end after it is closed', async () => {
    const queue = new WorkQueue();
    queue.add('a');
    await queue.take();
    queue.close();
    expect([...queue.processing.keys()]).toEqual(['a']);
    queue.done('a');
    expect(queue.processing.size).toBe(0);
  });

  test('tells its observer what happens, in seconds', async () => {
    const seen: [string, number?][] = [];
    const observer = {
      added: () => void seen.push(['added']),
      retried: () => void seen.push(['retried']),
      depth: (now: number) => void seen.push(['depth', now]),
      waited: (seconds: number) => void seen.push(['waited', seconds]),
      worked: (seconds: number) => void seen.push(['worked', seconds]),
    };
    const queue = new WorkQueue({ observer, initialBackoff: 10 });
    queue.add('a');
    vi.advanceTimersByTime(2000);
    await queue.take();
    vi.advanceTimersByTime(3000);
    queue.addRateLimited('a');
    queue.done('a');
    expect(seen).toEqual([['added'], ['depth', 1], ['waited', 2], ['depth', 0], ['retried'], ['worked', 3]]);
  });
});

/** Fails the key once and measures when it comes back. */
function delayOf(queue: WorkQueue, key: string): number {
  queue.addRateLimited(key);
  let waited = 0;
  while (queue.depth === 0) {
    vi.advanceTimersByTime(1);
    waited += 1;
  }
  void queue.take();
  queue.done(key);
  return waited;
}

test('whatever is done to it, a queue loses no key and hands none out twice at once', async () => {
  const steps = array(anyStep, { maxLength: 80 });
  await assert(
    asyncProperty(steps, async (list) => {
      const queue = new WorkQueue();
      const model = new QueueModel(queue, (time) => vi.advanceTimersByTime(time));
      for (const step of list) await model.take(step);
      const owed = model.owed();
      expect(await model.drained()).toEqual(owed);
      queue.close();
    }),
    { numRuns: 500 },
  );
});
