import type { Logger } from 'pino';

import { pause } from './backoff.ts';
import { leases, type Lease } from './builtin.ts';
import type { Client } from './client.ts';
import { AlreadyExistsError, ConflictError } from './errors.ts';
import { getIfThere } from './ifthere.ts';
import { within } from './waiting.ts';

export interface LeaderElectionOptions {
  readonly namespace: string;
  readonly name: string;
  /** Unique among all candidates that ever run; a pod's name and a random part. */
  readonly identity: string;
  /** Others take over this long (milliseconds) after the last renewal they saw. */
  readonly leaseDuration?: number;
  /**
   * The leader gives up when it could not renew for this long. Shorter than leaseDuration, so that it stops before
   * another starts.
   */
  readonly renewDeadline?: number;
  readonly retryPeriod?: number;
  readonly log: Logger;
}

/** This process led and may not any more. It must end without another write: another process leads now, or soon. */
export class LeadershipLostError extends Error {
  readonly code = 'LEADERSHIP_LOST';

  constructor(lease: string, cause?: unknown) {
    super(`lost the lease ${lease}: this process stops at once, and another one leads`, { cause });
    this.name = 'LeadershipLostError';
  }
}

/**
 * Leader election over a Lease, after client-go's rules (15 s, 10 s, 2 s). Holds on no clock but its own: other
 * holders' times are never compared with ours.
 */
export class LeaderElector {
  readonly identity: string;
  readonly #client: Client;
  readonly #options: Required<LeaderElectionOptions>;
  /** The lease as last seen, and when (milliseconds, ours) it was first seen to be so. */
  #seen: { readonly lease: Lease; readonly at: number } | undefined;
  /** When the last successful renewal was sent; undefined: not leading. */
  #renewedAt: Instant | undefined;
  /** Once lost, never again: a late answer to a renewal must not bring a process back to life. */
  #ended = false;

  constructor(client: Client, options: LeaderElectionOptions) {
    this.#client = client;
    this.identity = options.identity;
    this.#options = { leaseDuration: 15_000, renewDeadline: 10_000, retryPeriod: 2000, ...options };
  }

  get leaseName(): string {
    return `${this.#options.namespace}/${this.#options.name}`;
  }

  /**
   * Whether a write now is covered by the lease. Asked before every write: a process that was paused (SIGSTOP, a frozen
   * machine) wakes up believing what it believed before.
   */
  isLeader(): boolean {
    return this.#left() > 0;
  }

  /** Resolves when this process leads, or when the signal aborts (then `isLeader` is false). */
  async acquire(signal: AbortSignal): Promise<void> {
    const { log, retryPeriod } = this.#options;
    while (!signal.aborted) {
      try {
        if (await this.#tryOnce()) {
          log.info({ lease: this.leaseName, identity: this.identity }, 'leading');
          return;
        }
      } catch (error) {
        log.warn({ lease: this.leaseName, err: error }, 'lease could not be read or written');
      }
      await pause(retryPeriod * (1 + 0.2 * Math.random()), signal);
    }
  }

  /** Keeps the lease until the signal aborts. @throws LeadershipLostError */
  async renew(signal: AbortSignal): Promise<void> {
    let cause: unknown;
    for (;;) {
      await pause(Math.min(this.#options.retryPeriod, this.#left()), signal);
      if (signal.aborted) return;
      if (!this.isLeader()) throw this.#lost(cause);
      try {
        // A server that takes the request and never answers must not keep us from noticing that our time is up.
        const held = await within(this.#tryOnce(), undefined, this.#left());
        if (held === undefined) cause = new Error('no answer to the renewal in time');
        else if (!held && this.#seen?.lease.spec.holderIdentity !== this.identity) throw this.#lost(cause);
      } catch (error) {
        if (error instanceof LeadershipLostError) throw error;
        cause = error;
        this.#options.log.warn({ lease: this.leaseName, err: error }, 'lease could not be renewed');
      }
    }
  }

  /** Lets another candidate take over at once. Best effort: without it they wait for the lease to run out. */
  async release(): Promise<void> {
    const held = this.#seen?.lease;
    const led = this.isLeader();
    this.#renewedAt = undefined;
    if (!led || held === undefined) return;
    const spec = { ...held.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(new Date()) };
    try {
      await this.#client.replace(leases, { ...held, spec });
    } catch (error) {
      this.#options.log.warn({ lease: this.leaseName, err: error }, 'lease could not be released');
    }
  }

  #lost(cause: unknown): LeadershipLostError {
    this.#ended = true;
    return new LeadershipLostError(this.leaseName, cause);
  }

  /** Milliseconds for which a write is still covered; 0: not leading. */
  #left(): number {
    if (this.#renewedAt === undefined || this.#ended) return 0;
    return Math.max(0, this.#options.renewDeadline - elapsed(this.#renewedAt));
  }

  /**
   * @returns whether we hold the lease now. Throws what the client throws, except for a lost race, which is an answer.
   */
  async #tryOnce(): Promise<boolean> {
    const sentAt = instant();
    const current = await this.#read();
    if (current !== undefined && !this.#mayTake(current)) return false;
    try {
      const written =
        current === undefined
          ? await this.#client.create(leases, this.#next(current))
          : await this.#client.replace(leases, this.#next(current));
      this.#observe(written);
      this.#renewedAt = sentAt;
      return true;
    } catch (error) {
      if (error instanceof ConflictError || error instanceof AlreadyExistsError) return false;
      throw error;
    }
  }

  async #read(): Promise<Lease | undefined> {
    const lease = await getIfThere(this.#client, leases, this.#options);
    if (lease !== undefined) this.#observe(lease);
    return lease;
  }

  #observe(lease: Lease): void {
    if (this.#seen?.lease.metadata.resourceVersion !== lease.metadata.resourceVersion)
      this.#seen = { lease, at: performance.now() };
  }

  #mayTake(lease: Lease): boolean {
    const holder = lease.spec.holderIdentity ?? '';
    if (holder === '' || holder === this.identity) return true;
    const duration = (lease.spec.leaseDurationSeconds ?? 15) * 1000;
    return this.#seen !== undefined && performance.now() - this.#seen.at > duration;
  }

  #next(current: Lease | undefined): Lease {
    const now = microTime(new Date());
    const { namespace, name, leaseDuration } = this.#options;
    const ours = current?.spec.holderIdentity === this.identity;
    const spec = {
      holderIdentity: this.identity,
      leaseDurationSeconds: Math.ceil(leaseDuration / 1000),
      acquireTime: ours ? (current.spec.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (current?.spec.leaseTransitions ?? 0) + (ours || current === undefined ? 0 : 1),
    };
    return { metadata: current?.metadata ?? { namespace, name }, spec };
  }
}

/** metav1.MicroTime. */
export function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}

interface Instant {
  readonly monotonic: number;
  readonly wall: number;
}

function instant(): Instant {
  return { monotonic: performance.now(), wall: Date.now() };
}

/** The longer of the two: the monotonic clock stands still while a machine sleeps, the wall clock can be set back. */
function elapsed({ monotonic, wall }: Instant): number {
  return Math.max(performance.now() - monotonic, Date.now() - wall);
}
