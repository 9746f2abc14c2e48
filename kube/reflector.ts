import type { Logger } from 'pino';

import { Backoff, pause, reflectorBackoff, type BackoffOptions } from './backoff.ts';
import { listAll, type Client } from './client.ts';
import { ApiError, ForbiddenError, GoneError, isSilence } from './errors.ts';
import { keyOf, type KubeObject, type ResourceType } from './objects.ts';
import { Store, type Indexers, type ReadStore } from './store.ts';
import type { WatchEvent } from './watch.ts';

export interface Change<T> {
  readonly type: 'added' | 'updated' | 'deleted';
  readonly key: string;
  /** The object now; for a deletion, as it was last seen. */
  readonly object: T;
  readonly previous?: T;
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly indexers?: Indexers<T>;
  /** Keeps only what readers need, to save memory; managedFields are dropped in any case. */
  readonly transform?: (object: T) => T;
  /** Small pages keep the peak of memory low while tens of thousands of objects are read. */
  readonly pageSize?: number;
  readonly backoff?: BackoffOptions;
  /** Where our user may not list the kind, do without: the cache stays empty, holds up nobody, and says so once. */
  readonly optional?: boolean;
  readonly log: Logger;
}

/** A watch that lived this long (milliseconds) ends a series of failures. */
const healthyAfter = 10_000;
/** Milliseconds after which a kind that may not be listed is tried again: somebody may have given the right. */
const deniedFor = 300_000;

/**
 * Keeps a store equal to what the API server has: lists, then watches, for ever. Every failure is answered by a
 * growing, jittered delay and another try; nothing but `signal` ends it. Handlers run synchronously in the order of
 * events; they should only enqueue keys.
 */
export class Reflector<T extends KubeObject> {
  readonly type: ResourceType<T>;
  readonly #client: Client;
  readonly #options: ReflectorOptions<T>;
  readonly #store: Store<T>;
  readonly #handlers: ((change: Change<T>) => void)[] = [];
  readonly #backoff: Backoff;
  readonly #synced = Promise.withResolvers<void>();
  #resourceVersion: string | undefined;
  #hasSynced = false;
  #isDenied = false;
  #lastContact = 0;

  constructor(client: Client, type: ResourceType<T>, options: ReflectorOptions<T>) {
    this.type = type;
    this.#client = client;
    this.#options = options;
    this.#store = new Store(options.indexers);
    this.#backoff = new Backoff(options.backoff ?? reflectorBackoff);
  }

  get store(): ReadStore<T> {
    return this.#store;
  }

  /** Resolves when the first list is in the store and its handlers have run, or when an optional cache does without. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** An optional cache that our user may not fill. */
  get isDenied(): boolean {
    return this.#isDenied;
  }

  /** When the API server was last heard of, milliseconds of performance.now(); 0: never. */
  get lastContact(): number {
    return this.#lastContact;
  }

  /** For a further reader of the same store. @throws Error for a name under which another function indexes already */
  index(indexers: Indexers<T>): void {
    this.#store.index(indexers);
  }

  onChange(handler: (change: Change<T>) => void): void {
    this.#handlers.push(handler);
  }

  /** Runs until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#resourceVersion ??= await this.#relist(signal);
        await this.#watch(this.#resourceVersion, signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal);
      }
    }
  }

  async #relist(signal: AbortSignal): Promise<string> {
    const { namespace, labelSelector, fieldSelector, pageSize } = this.#options;
    const seen = new Set<string>();
    const options = { limit: pageSize ?? 100, signal, ...definedOnly({ namespace, labelSelector, fieldSelector }) };
    const resourceVersion = await listAll(this.#client, this.type, options, (items, restarted) => {
      if (restarted) seen.clear();
      for (const item of items) {
        seen.add(keyOf(item));
        this.#upsert(item);
      }
    });
    // Deleted while nobody watched: the only trace is that the list lacks them.
    for (const key of this.#store.keys()) if (!seen.has(key)) this.#remove(key);
    this.#lastContact = performance.now();
    this.#hasSynced = true;
    this.#isDenied = false;
    this.#synced.resolve();
    return resourceVersion;
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    // Spread over five to ten minutes, so that the watches of a fleet do not come back together.
    const timeoutSeconds = Math.round(300 * (1 + Math.random()));
    const options = {
      resourceVersion,
      timeoutSeconds,
      signal,
      ...definedOnly({ namespace, labelSelector, fieldSelector }),
    };
    const startedAt = performance.now();
    try {
      await this.#client.watch(this.type, options, (event) => {
        this.#lastContact = performance.now();
        this.#take(event);
      });
    } finally {
      if (performance.now() - startedAt > healthyAfter) this.#backoff.reset();
    }
    // A server that accepts watches only to close them must not be asked in a tight loop.
    if (performance.now() - startedAt < 1000) await pause(this.#backoff.next(), signal);
  }

  #take({ type, object }: WatchEvent<T>): void {
    if (type === 'DELETED') this.#remove(keyOf(object), object);
    else if (type !== 'BOOKMARK') this.#upsert(object);
    // Only after the event was taken: a throw on the way must lead to it being sent again.
    this.#resourceVersion = object.metadata.resourceVersion ?? this.#resourceVersion;
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    // Nothing was lost, and it was waited for long enough.
    if (isSilence(error)) {
      this.#options.log.debug({ resource: this.type.plural }, 'watch fell silent and is renewed');
      return;
    }
    if (error instanceof ForbiddenError && this.#options.optional === true) {
      await this.#doWithout(error, signal);
      return;
    }
    const tooNew =
      error instanceof ApiError &&
      error.status.details?.causes?.some((cause) => cause.reason === 'ResourceVersionTooLarge') === true;
    const expired = error instanceof GoneError || tooNew;
    if (expired) this.#resourceVersion = undefined;
    const wait = this.#backoff.next(error instanceof ApiError ? error.retryAfter : 0);
    this.#options.log.warn(
      {
        resource: this.type.plural,
        err: error,
        retryIn: Math.round(wait),
        relist: this.#resourceVersion === undefined,
      },
      'watch interrupted',
    );
    await pause(wait, signal);
  }

  async #doWithout(error: ForbiddenError, signal: AbortSignal): Promise<void> {
    if (!this.#isDenied)
      this.#options.log.info(
        { resource: this.type.plural, reason: error.message },
        'not allowed to watch: going on without',
      );
    this.#isDenied = true;
    this.#synced.resolve();
    await pause(deniedFor, signal);
  }

  #upsert(raw: T): void {
    const object = this.#slim(raw);
    const key = keyOf(object);
    const previous = this.#store.get(key);
    // A relist brings mostly what is known already.
    if (previous !== undefined && previous.metadata.resourceVersion === object.metadata.resourceVersion) return;
    // Deleted and made anew under the same name while nobody watched: readers must see both.
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) {
      this.#remove(key);
      this.#upsert(raw);
      return;
    }
    this.#store.set(object);
    this.#tell(previous === undefined ? { type: 'added', key, object } : { type: 'updated', key, object, previous });
  }

  #remove(key: string, last?: T): void {
    const previous = this.#store.delete(key);
    const object = last === undefined ? previous : this.#slim(last);
    if (object !== undefined && previous !== undefined) this.#tell({ type: 'deleted', key, object, previous });
  }

  #slim(object: T): T {
    // The object was parsed a moment ago and nobody else has it yet.
    Reflect.deleteProperty(object.metadata, 'managedFields');
    return this.#options.transform?.(object) ?? object;
  }

  #tell(change: Change<T>): void {
    for (const handler of this.#handlers) {
      try {
        handler(change);
      } catch (error) {
        this.#options.log.error({ resource: this.type.plural, key: change.key, err: error }, 'change handler failed');
      }
    }
  }
}

function definedOnly<O extends object>(options: O): { [K in keyof O]?: Exclude<O[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof O]?: Exclude<O[K], undefined>;
  };
}
