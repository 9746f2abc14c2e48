import type { Logger } from 'pino';

import { ConflictError, TerminalError } from './errors.ts';
import type { PassResult, RuntimeMetrics } from './metrics.ts';
import { WorkQueue, type QueueOptions } from './queue.ts';

export interface Result {
  /** Come back after this many milliseconds even if nothing changes. */
  readonly requeueAfter?: number;
}

/** One run of a reconcile function. */
export interface Pass {
  /** On every log line of the pass. */
  readonly id: string;
  readonly log: Logger;
}

export interface ControllerOptions extends Omit<QueueOptions, 'observer'> {
  readonly name: string;
  /**
   * Brings one object nearer to what it asks for. Thrown errors are retried with growing delays; TerminalError is not.
   */
  readonly reconcile: (key: string, pass: Pass) => Promise<Result>;
  /** Says on the object that it is stalled, and why. */
  readonly onTerminal?: (key: string, error: TerminalError, pass: Pass) => Promise<void>;
  readonly workers?: number;
  readonly log: Logger;
  readonly metrics: RuntimeMetrics;
}

/** The loop of one kind: takes keys from its queue and reconciles them, never one key twice at once. */
export class Controller {
  readonly name: string;
  readonly queue: WorkQueue;
  readonly #options: ControllerOptions;
  readonly #workers: number;
  #passes = 0;

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#workers = options.workers ?? 10;
    const observer = options.metrics.queueObserver(options.name, () => this.queue.processing.values());
    this.queue = new WorkQueue({ ...options, observer });
    options.metrics.register(options.name, this.#workers);
  }

  /** Resolves when the queue was closed and every pass under way has ended. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: this.#workers }, () => this.#work()));
  }

  async #work(): Promise<void> {
    for (;;) {
      const key = await this.queue.take();
      if (key === undefined) return;
      try {
        await this.#pass(key);
      } finally {
        this.queue.done(key);
      }
    }
  }

  async #pass(key: string): Promise<void> {
    const { metrics, reconcile } = this.#options;
    const startedAt = performance.now();
    metrics.passStarted(this.name);
    this.#passes += 1;
    const end = (result: PassResult): void =>
      metrics.passEnded(this.name, result, (performance.now() - startedAt) / 1000);
    const pass = new LazyPass(this.#options.log, this.name, key, this.#passes);
    try {
      const { requeueAfter } = await reconcile(key, pass);
      this.queue.forget(key);
      if (requeueAfter !== undefined) this.queue.addAfter(key, requeueAfter);
      end(requeueAfter === undefined ? 'success' : 'requeue_after');
    } catch (error) {
      await this.#failed(key, error, pass);
      end(error instanceof ConflictError ? 'requeue' : 'error');
    }
  }

  async #failed(key: string, error: unknown, pass: Pass): Promise<void> {
    const { metrics } = this.#options;
    if (error instanceof TerminalError) {
      metrics.failed(this.name, 'terminal');
      await this.#stall(key, error, pass);
      return;
    }
    this.queue.addRateLimited(key);
    // Somebody wrote in between: the next pass sees it. Ordinary, so neither an error in the metrics nor news in the
    // log.
    if (error instanceof ConflictError) {
      pass.log.debug({ err: error.message }, 'object changed meanwhile, trying again');
      return;
    }
    const bug = error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
    metrics.failed(this.name, bug ? 'panic' : 'error');
    pass.log.error({ err: error, failures: this.queue.failures(key) }, bug ? 'reconcile panicked' : 'reconcile failed');
  }

  async #stall(key: string, error: TerminalError, pass: Pass): Promise<void> {
    pass.log.warn({ err: error, reason: error.reason }, 'reconcile stalled until the object changes');
    try {
      await this.#options.onTerminal?.(key, error, pass);
      this.queue.forget(key);
    } catch (failure) {
      // Unsaid, the stall would be invisible: run the pass again.
      pass.log.error({ err: failure }, 'stall could not be written');
      this.queue.addRateLimited(key);
    }
  }
}

/** Most passes log nothing; a child logger for each costs more than the pass's own logic. */
class LazyPass implements Pass {
  readonly id: string;
  readonly #parent: Logger;
  readonly #bindings: object;
  #log: Logger | undefined;

  constructor(parent: Logger, controller: string, key: string, count: number) {
    this.id = `${processTag}-${count.toString(36)}`;
    this.#parent = parent;
    this.#bindings = { controller, key, reconcileID: `${controller}-${this.id}` };
  }

  get log(): Logger {
    this.#log ??= this.#parent.child(this.#bindings);
    return this.#log;
  }
}

const processTag = `${process.pid.toString(36)}${Date.now().toString(36)}`;
