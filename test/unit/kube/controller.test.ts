import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { Controller, type ControllerOptions } from '../../../kube/controller.ts';
import { TerminalError } from '../../../kube/errors.ts';
import { RuntimeMetrics } from '../../../kube/metrics.ts';
import { failure } from './fake-api.ts';
import { keptLog } from './silent.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Given = Pick<ControllerOptions, 'reconcile'> & Partial<ControllerOptions>;

class Bench {
  readonly metrics = new RuntimeMetrics();
  readonly #kept = keptLog();
  readonly controller: Controller;
  readonly #running: Promise<void>;

  constructor(given: Given) {
    this.controller = new Controller({
      name: 'widget',
      workers: 2,
      log: this.#kept.log,
      metrics: this.metrics,
      initialBackoff: 10,
      ...given,
    });
    this.#running = this.controller.run();
  }

  get lines(): readonly Record<string, unknown>[] {
    return this.#kept.lines;
  }

  /** Lets everything happen that happens within that time. */
  async after(milliseconds: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(milliseconds);
  }

  async end(): Promise<void> {
    this.controller.queue.close();
    await this.#running;
  }

  /** The value of a series as Prometheus would read it. */
  async metric(series: string): Promise<number | undefined> {
    const line = (await this.metrics.registry.metrics())
      .split('\n')
      .find((candidate) => candidate.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length));
  }
}

describe('a controller', () => {
  test('reconciles a key that was added, and calls that a success', async () => {
    const seen: string[] = [];
    const bench = new Bench({
      reconcile: async (key) => {
        seen.push(key);
        return {};
      },
    });
    bench.controller.queue.add('x/a');
    await bench.after(0);
    expect(seen).toEqual(['x/a']);
    expect(await bench.metric('controller_runtime_reconcile_total{controller="widget",result="success"}')).toBe(1);
    expect(await bench.metric('controller_runtime_reconcile_time_seconds_count{controller="widget"}')).toBe(1);
    await bench.end();
  });

  test('comes back after the time that a pass asks for', async () => {
    let passes = 0;
    const bench = new Bench({ reconcile: async () => ((passes += 1) === 1 ? { requeueAfter: 5000 } : {}) });
    bench.controller.queue.add('a');
    await bench.after(4999);
    expect(passes).toBe(1);
    await bench.after(1);
    expect(passes).toBe(2);
    expect(await bench.metric('controller_runtime_reconcile_total{controller="widget",result="requeue_after"}')).toBe(
      1,
    );
    await bench.end();
  });

  test('tries a failed pass again with growing delays, and forgets the failures after a success', async () => {
    const times: number[] = [];
    const bench = new Bench({
      reconcile: async () => {
        times.push(performance.now());
        if (times.length < 4) throw new Error('not yet');
        return {};
      },
    });
    const start = performance.now();
    bench.controller.queue.add('a');
    await bench.after(1000);
    expect(times.map((time) => time - start)).toEqual([0, 10, 30, 70]);
    expect(bench.controller.queue.failures('a')).toBe(0);
    expect(await bench.metric('controller_runtime_reconcile_errors_total{controller="widget"}')).toBe(3);
    expect(await bench.metric('workqueue_retries_total{name="widget"}')).toBe(3);
    expect(bench.lines.filter((line) => line['msg'] === 'reconcile failed')).toHaveLength(3);
    await bench.end();
  });

  test('takes a conflict for ordinary: tried again, no error in the metrics, logged only for debugging', async () => {
    let passes = 0;
    const bench = new Bench({
      reconcile: async () => {
        passes += 1;
        if (passes === 1) throw failure(409, 'Conflict');
        return {};
      },
    });
    bench.controller.queue.add('a');
    await bench.after(100);
    expect(passes).toBe(2);
    expect(await bench.metric('controller_runtime_reconcile_total{controller="widget",result="requeue"}')).toBe(1);
    expect(await bench.metric('controller_runtime_reconcile_errors_total{controller="widget"}')).toBe(0);
    expect(bench.lines.map((line) => line['level'])).toEqual([20]);
    await bench.end();
  });

  test('says a terminal error once and does not try again until the key is added', async () => {
    const stalls: string[] = [];
    let passes = 0;
    const bench = new Bench({
      reconcile: async () => {
        passes += 1;
        throw new TerminalError('HostUnknown', 'there is no host web-1');
      },
      onTerminal: async (key, error) => void stalls.push(`${key}: ${error.reason}: ${error.message}`),
    });
    bench.controller.queue.add('a');
    await bench.after(3_600_000);
    expect(passes).toBe(1);
    expect(stalls).toEqual(['a: HostUnknown: there is no host web-1']);
    expect(await bench.metric('controller_runtime_terminal_reconcile_errors_total{controller="widget"}')).toBe(1);
    bench.controller.queue.add('a');
    await bench.after(0);
    expect(passes).toBe(2);
    await bench.end();
  });

  test('runs a terminal pass again when the stall could not be written', async () => {
    let stalls = 0;
    const bench = new Bench({
      reconcile: async () => Promise.reject(new TerminalError('No', 'no')),
      onTerminal: async () => {
        stalls += 1;
        if (stalls < 3) throw failure(500, 'InternalError');
      },
    });
    bench.controller.queue.add('a');
    await bench.after(3_600_000);
    expect(stalls).toBe(3);
    await bench.end();
  });

  test('survives a programming error in one pass: others go on, and the metrics say panic', async () => {
    const seen: string[] = [];
    const bench = new Bench({
      workers: 1,
      maxBackoff: 1000,
      reconcile: async (key) => {
        if (key === 'bad') {
          const nothing: unknown = undefined;
          return (nothing as { readonly deep: { readonly requeueAfter: number } }).deep;
        }
        seen.push(key);
        return {};
      },
    });
    for (const key of ['bad', 'a', 'b']) bench.controller.queue.add(key);
    await bench.after(0);
    expect(seen).toEqual(['a', 'b']);
    expect(await bench.metric('controller_runtime_reconcile_panics_total{controller="widget"}')).toBe(1);
    expect(bench.lines[0]).toMatchObject({
      msg: 'reconcile panicked',
      controller: 'widget',
      key: 'bad',
      reconcileID: expect.stringContaining('widget-'),
    });
    await bench.end();
  });

  test('also survives a reconcile that throws before it returns a promise, and one that throws no Error', async () => {
    const seen: string[] = [];
    const bench = new Bench({
      workers: 1,
      reconcile: (key) => {
        seen.push(key);
        if (key === 'sync') throw new Error('before the promise');
        return key === 'text' ? Promise.reject(Object('text')) : Promise.resolve({});
      },
    });
    for (const key of ['sync', 'text', 'good']) bench.controller.queue.add(key);
    await bench.after(0);
    expect(seen).toEqual(['sync', 'text', 'good']);
    await bench.end();
  });

  test('never works on one key twice at once, but on as many keys as it has workers', async () => {
    const gate = Promise.withResolvers<object>();
    const started: string[] = [];
    const bench = new Bench({
      workers: 3,
      reconcile: async (key) => {
        started.push(key);
        return gate.promise;
      },
    });
    for (const key of ['a', 'b', 'a']) bench.controller.queue.add(key);
    await bench.after(0);
    bench.controller.queue.add('a');
    await bench.after(0);
    expect(started).toEqual(['a', 'b']);
    expect(await bench.metric('controller_runtime_active_workers{controller="widget"}')).toBe(2);
    await bench.after(2000);
    expect(await bench.metric('workqueue_longest_running_processor_seconds{name="widget"}')).toBe(2);
    expect(await bench.metric('workqueue_unfinished_work_seconds{name="widget"}')).toBe(4);
    gate.resolve({});
    await bench.after(0);
    expect(started).toEqual(['a', 'b', 'a']);
    expect(await bench.metric('controller_runtime_active_workers{controller="widget"}')).toBe(0);
    await bench.end();
  });

  test('ends when its queue is closed, but not before the pass under way has ended', async () => {
    const gate = Promise.withResolvers<object>();
    const bench = new Bench({ reconcile: () => gate.promise });
    bench.controller.queue.add('a');
    await bench.after(0);
    let ended = false;
    const ending = bench.end().then(() => (ended = true));
    await bench.after(60_000);
    expect(ended).toBe(false);
    gate.resolve({});
    await ending;
    expect(ended).toBe(true);
  });

  test('shows all its series at zero before the first pass', async () => {
    const bench = new Bench({ workers: 7, reconcile: async () => ({}) });
    const text = await bench.metrics.registry.metrics();
    const zeros = [
      ...['success', 'error', 'requeue', 'requeue_after'].map(
        (result) => `controller_runtime_reconcile_total{controller="widget",result="${result}"}`,
      ),
      ...['reconcile_errors', 'terminal_reconcile_errors', 'reconcile_panics'].map(
        (name) => `controller_runtime_${name}_total{controller="widget"}`,
      ),
      ...['adds', 'retries'].map((name) => `workqueue_${name}_total{name="widget"}`),
    ];
    for (const series of zeros) expect(text).toContain(`\n${series} 0\n`);
    expect(await bench.metric('controller_runtime_max_concurrent_reconciles{controller="widget"}')).toBe(7);
    await bench.end();
  });
});
