import type { Client } from './client.ts';
import type { Pass, Result } from './controller.ts';
import type { TerminalError } from './errors.ts';
import type { EventRecorder, Happening } from './events.ts';
import { getIfThere } from './ifthere.ts';
import type { KubeObject, ResourceType } from './objects.ts';
import type { OwnWrites } from './ownwrites.ts';
import { patchStatus } from './status.ts';
import type { ReadStore } from './store.ts';

/**
 * What a pass has decided, besides what is to be done: the status is a promise, kept only when all of that succeeded.
 */
export interface Decision<Status> {
  /** The whole status; undefined leaves it as it is. */
  readonly status?: Status;
  /** Milliseconds. */
  readonly requeueAfter?: number;
  readonly event?: Happening;
}

/** An object whose status a pass writes. */
export interface Reconciled extends KubeObject {
  readonly status?: object;
}

/** What is a kind's own of a pass. */
export interface ReconcilerOptions<T extends Reconciled, D extends Decision<NonNullable<T['status']>>> {
  readonly type: ResourceType<T>;
  readonly store: ReadStore<T>;
  readonly client: Client;
  readonly ownWrites: OwnWrites;
  /** Absent: the kind's decisions have no events. */
  readonly events?: EventRecorder;
  /** Looks at the world and decides; changes nothing in it. */
  readonly decide: (object: T) => Promise<D>;
  /**
   * What to do and say of an object with which nothing can be done until somebody changes something. Absent: nothing.
   */
  readonly giveUp?: (object: T, error: TerminalError) => D;
  /** Carries out what was decided; each part may be repeated. @returns the object as the last write of it left it */
  readonly act: (object: T, decision: D, pass: Pass) => Promise<T>;
  /** Called when all was done, with the object as the pass found it, and whether its status was written. */
  readonly done?: (object: T, decision: D, reported: boolean) => void;
  /**
   * Errors by which `act` says that somebody was faster, or that the cache is behind: no failure, and a new look tells
   * more.
   */
  readonly passing?: readonly (new (...parameters: never[]) => Error)[];
  /** The pass ended with one of `passing`. */
  readonly passedOver?: (key: string) => void;
  /** There is no object of this key any more: forget what was kept of it. */
  readonly gone?: (key: string) => void;
}

/** How long (milliseconds) to wait for the cache to show what it does not yet. */
const staleCache = 100;

/**
 * A pass over one object, as every kind makes it: read, decide, act, one status patch. It never decides on a view older
 * than its own last write.
 */
export class Reconciler<T extends Reconciled, D extends Decision<NonNullable<T['status']>>> {
  readonly #options: ReconcilerOptions<T, D>;
  /**
   * Keys of objects that a pass may have written without being told: an answer that got lost is unknown to `ownWrites`.
   */
  readonly #unsure = new Set<string>();

  constructor(options: ReconcilerOptions<T, D>) {
    this.#options = options;
  }

  /** @throws what `decide` and `act` throw, and what the client does; `passing` excepted */
  async reconcile(key: string, pass: Pass): Promise<Result> {
    const { type, store, ownWrites, passing = [] } = this.#options;
    const object = store.get(key);
    if (object === undefined) {
      ownWrites.forget(type, key);
      this.#unsure.delete(key);
      this.#options.gone?.(key);
      return {};
    }
    if (this.#unsure.has(key) && !(await this.#makeSure(key, object))) return { requeueAfter: staleCache };
    if (ownWrites.isStale(type, object)) return { requeueAfter: staleCache };
    const decision = await this.#options.decide(object);
    try {
      await this.#carryOut(object, decision, pass);
    } catch (error) {
      if (!passing.some((Class) => error instanceof Class)) {
        this.#unsure.add(key);
        throw error;
      }
      this.#options.passedOver?.(key);
      return { requeueAfter: staleCache };
    }
    return decision.requeueAfter === undefined ? {} : { requeueAfter: decision.requeueAfter };
  }

  /** Says on the object that nothing can be done. For `onTerminal` of a controller. */
  async fail(key: string, error: TerminalError, pass: Pass): Promise<void> {
    const object = this.#options.store.get(key);
    const decision = object === undefined ? undefined : this.#options.giveUp?.(object, error);
    if (object !== undefined && decision !== undefined) await this.#carryOut(object, decision, pass);
  }

  /** @returns false when the object is gone, which the cache has not heard of yet */
  async #makeSure(key: string, object: T): Promise<boolean> {
    const { type, client, ownWrites } = this.#options;
    const current = await getIfThere(client, type, object.metadata);
    if (current === undefined) return false;
    ownWrites.record(type, current);
    this.#unsure.delete(key);
    return true;
  }

  async #carryOut(object: T, decision: D, pass: Pass): Promise<void> {
    const { type, client, ownWrites, events } = this.#options;
    const left = await this.#options.act(object, decision, pass);
    const { status, event } = decision;
    const written = status === undefined ? undefined : await patchStatus(client, type, left, status);
    if (written !== undefined) ownWrites.record(type, written);
    if (event !== undefined) {
      // Whoever looks at the program only shall see as well what an object waits for.
      pass.log.info({ reason: event.reason, note: event.note }, 'told by an event');
      events?.record(type, object, event);
    }
    this.#options.done?.(object, decision, written !== undefined);
  }
}
