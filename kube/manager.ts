import type { Logger } from 'pino';

import { SharedCaches, type CacheOptions } from './caches.ts';
import type { Client } from './client.ts';
import { Controller, type ControllerOptions } from './controller.ts';
import { fenced } from './fence.ts';
import { HealthServer } from './health.ts';
import { LeaderElector, type LeaderElectionOptions } from './lease.ts';
import { collectGarbage } from './memory.ts';
import { RuntimeMetrics } from './metrics.ts';
import type { KubeObject, ResourceType } from './objects.ts';
import type { Reflector } from './reflector.ts';
import { within } from './waiting.ts';

export interface ManagerOptions {
  readonly client: Client;
  readonly log: Logger;
  readonly metrics?: RuntimeMetrics;
  /** Absent: this process is the only one, by other means. */
  readonly leaderElection?: Omit<LeaderElectionOptions, 'log'>;
  /** Absent: no health server. */
  readonly health?: { readonly port: number; readonly host?: string };
  /** How long (milliseconds) passes under way may take to end at shutdown. */
  readonly gracePeriod?: number;
}

/**
 * A watch that brought nothing for this long (milliseconds) makes the process not ready: bookmarks come about once a
 * minute.
 */
const silentTooLong = 180_000;

/**
 * Runs caches and controllers as one process: caches on every replica, controllers only where the lease is held. Ends
 * gracefully when its signal aborts, and with LeadershipLostError when the lease is lost.
 */
export class Manager {
  /** For reconcile functions: it refuses to write when this process does not lead. */
  readonly client: Client;
  readonly metrics: RuntimeMetrics;
  readonly #options: ManagerOptions;
  readonly #elector: LeaderElector | undefined;
  readonly #caches: SharedCaches;
  readonly #controllers: Controller[] = [];
  readonly #runners: ((signal: AbortSignal) => Promise<void>)[] = [];
  readonly #lost = Promise.withResolvers<never>();
  #healthPort: number | undefined;

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.metrics = options.metrics ?? new RuntimeMetrics();
    if (options.leaderElection === undefined) {
      this.client = options.client;
    } else {
      this.#elector = new LeaderElector(options.client, { ...options.leaderElection, log: options.log });
      this.client = fenced(options.client, this.#elector, this.#lost.reject);
    }
    this.#caches = new SharedCaches(options.client, options.log);
    this.#lost.promise.catch(() => undefined);
  }

  /** The port of the health server once it listens. */
  get healthPort(): number | undefined {
    return this.#healthPort;
  }

  /**
   * The cache of a kind within a scope: one watch, whoever asks. Ask before `run`.
   * @throws CacheConflictError when somebody asked for it before with another transform, page size or backoff; Error
   * for two different indexes of one name
   */
  cache<T extends KubeObject>(type: ResourceType<T>, options: CacheOptions<T> = {}): Reflector<T> {
    return this.#caches.of(type, options);
  }

  controller(options: Omit<ControllerOptions, 'log' | 'metrics'>): Controller {
    const controller = new Controller({ ...options, log: this.#options.log, metrics: this.metrics });
    this.#controllers.push(controller);
    return controller;
  }

  /** Runs beside the controllers while this process leads, until its signal aborts. */
  whileLeading(runner: (signal: AbortSignal) => Promise<void>): void {
    this.#runners.push(runner);
  }

  /** @throws LeadershipLostError: the caller must end the process at once, without another write. */
  async run(signal: AbortSignal): Promise<void> {
    const caches = new AbortController();
    const health = await this.#startHealth();
    const reflecting = this.#caches.all.map((reflector) => reflector.run(caches.signal));
    try {
      await within(Promise.all(this.#caches.all.map((reflector) => reflector.synced)), signal);
      if (this.#caches.all.some((reflector) => reflector.store.size > 1000)) collectGarbage();
      if (!signal.aborted) await this.#lead(signal);
    } finally {
      // Their timers would keep the process from ending.
      for (const { queue } of this.#controllers) queue.close();
      caches.abort();
      await Promise.all(reflecting);
      await health?.close();
    }
  }

  async #lead(signal: AbortSignal): Promise<void> {
    const elector = this.#elector;
    if (elector === undefined) {
      await this.#work(signal);
      return;
    }
    await elector.acquire(signal);
    this.metrics.leading(elector.leaseName, elector.isLeader());
    const leading = new AbortController();
    const renewing = elector.renew(leading.signal).catch(this.#lost.reject);
    // What throws leaves passes behind that may still be at work.
    let finished = signal.aborted;
    try {
      // Passes that are still under way when the lease is lost are left to the end of the process; their writes are
      // fenced.
      if (!finished) finished = await Promise.race([this.#work(signal), this.#lost.promise]);
    } finally {
      this.metrics.leading(elector.leaseName, false);
      leading.abort();
      await renewing;
      // While a pass is still at work, another process must not start: it waits for the lease to run out.
      if (finished) await elector.release();
    }
  }

  /** @returns whether every pass ended before the grace period did. */
  async #work(signal: AbortSignal): Promise<boolean> {
    const ended = new AbortController();
    // A manager that has nothing but caches goes on as well until it is told to end.
    const told = Promise.withResolvers<void>();
    const stop = (): void => {
      for (const { queue } of this.#controllers) queue.close();
      ended.abort();
      told.resolve();
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    this.#lost.promise.catch(stop);
    const running = Promise.all([
      told.promise,
      ...this.#controllers.map((controller) => controller.run()),
      ...this.#runners.map((runner) => runner(ended.signal)),
    ]).then(() => true);
    if ((await within(running, signal)) === true) return true;
    return (await within(running, undefined, this.#options.gracePeriod ?? 30_000)) === true;
  }

  async #startHealth(): Promise<HealthServer | undefined> {
    const { health } = this.#options;
    if (health === undefined) return undefined;
    const caches = (): string | undefined => {
      const needed = this.#caches.all.filter((reflector) => !reflector.isDenied);
      const waiting = needed.filter((reflector) => !reflector.hasSynced).map((reflector) => reflector.type.plural);
      const silent = needed
        .filter((reflector) => reflector.hasSynced && performance.now() - reflector.lastContact > silentTooLong)
        .map((reflector) => reflector.type.plural);
      if (waiting.length > 0) return `waiting for the first list of ${waiting.join(', ')}`;
      return silent.length > 0
        ? `nothing heard from the API server about ${silent.join(', ')} for ${silentTooLong / 1000} s`
        : undefined;
    };
    const server = new HealthServer({
      ...health,
      live: { process: () => undefined },
      ready: { caches },
      metrics: () => this.metrics.registry.metrics(),
    });
    this.#healthPort = await server.listen();
    return server;
  }
}
