import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { WorkQueue } from '../../../kube/queue.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets promises that are settled run their continuations. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

async function takeNow(queue: WorkQueue): Promise<string | undefined> {
  expect(queue.depth).toBeGreaterThan(0);
  return queue.take();
}

type Step = { readonly do: 'add' | 'addAfter' | 'fail' | 'take' | 'done' | 'wait'; readonly key: string; readonly time: number };

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('add', 'add', 'addAfter', 'fail', 'take', 'take', 'done', 'done', 'wait'),
  key: fc.constantFrom('a', 'b', 'c'),
  time: fc.integer({ min: 1, max: 50 }),
});

/** What the queue should know, kept in the plainest way. */
class Model {
  now = 0;
  readonly ready: string[] = [];
  readonly dirty = new Set<string>();
  readonly processing = new Set<string>();
  readonly due = new Map<string, number>();
  readonly failures = new Map<string, number>();
  waiting = 0;
  readonly handedOut: string[] = [];

  add(key: string): void {
    if (this.dirty.has(key)) return;
    this.dirty.add(key);
    if (!this.processing.has(key)) this.offer(key);
  }

  addAfter(key: string, delay: number): void {
    this.due.set(key, Math.min(this.due.get(key) ?? Infinity, this.now + delay));
  }

  fail(key: string): void {
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    this.addAfter(key, Math.min(40, 5 * 2 ** failures));
  }

  done(key: string): void {
    if (!this.processing.delete(key)) return;
    if (this.dirty.has(key)) this.offer(key);
  }

  take(): void {
    this.waiting += 1;
    const [key] = this.ready.splice(0, 1);
    if (key !== undefined) this.start(key);
  }

  wait(time: number): void {
    const end = this.now + time;
    for (;;) {
      const [first] = [...this.due].filter(([, due]) => due <= end).toSorted(([, one], [, other]) => one - other);
      if (first === undefined) break;
      this.now = first[1];
      this.due.delete(first[0]);
      this.add(first[0]);
    }
    this.now = end;
  }

  private offer(key: string): void {
    if (this.waiting > 0) this.start(key);
    else this.ready.push(key);
  }

  private start(key: string): void {
    this.waiting -= 1;
    this.dirty.delete(key);
    this.processing.add(key);
    this.handedOut.push(key);
  }
}

describe('the work queue', () => {
  test('behaves as its model for any sequence of calls: no key twice at once, none lost, none invented', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const queue = new WorkQueue({ initialBackoff: 5, maxBackoff: 40 });
        const model = new Model();
        const handedOut: string[] = [];
        // Two timers of one moment may fire in either order: no two are made for one.
        let uneven = 0;
        for (const { do: action, key, time } of steps) {
          uneven += 0.001;
          if (action === 'add') (queue.add(key), model.add(key));
          if (action === 'addAfter') (queue.addAfter(key, time + uneven), model.addAfter(key, time + uneven));
          if (action === 'fail' && !model.due.has(key)) (queue.addRateLimited(key), model.fail(key));
          if (action === 'done') (queue.done(key), model.done(key));
          if (action === 'wait') (vi.advanceTimersByTime(time), model.wait(time));
          if (action === 'take') {
            void queue.take().then((taken) => handedOut.push(taken ?? 'closed'));
            model.take();
          }
          await settle();
          expect([...queue.processing.keys()].toSorted()).toEqual([...model.processing].toSorted());
          expect(queue.depth).toBe(model.ready.length);
        }
        expect(handedOut.toSorted()).toEqual(model.handedOut.toSorted());
        queue.close();
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

  test('doubles the delay with each failure of a key up to the limit, apart from other keys, until it is forgotten', () => {
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
    const observer = { added: () => told.push('added'), retried: () => told.push('retried'), depth: (now: number) => told.push(`depth ${now}`), waited: seconds('waited'), worked: seconds('worked') };
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
