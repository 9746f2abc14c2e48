import { pause } from './backoff.ts';
import { GoneError, TooManyRequestsError, TransportError } from './errors.ts';
import { impersonation, type Impersonated } from './impersonation.ts';
import { apiVersionOf, resourcePath, type KubeObject, type ObjectKey, type ResourceType } from './objects.ts';
import type { Call, Transport } from './transport.ts';
import { readWatch, type WatchEvent } from './watch.ts';

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects per page; all at once when absent. */
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly signal?: AbortSignal;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Present when there are more pages. */
  readonly continue?: string;
}

export interface WatchOptions extends ListOptions {
  readonly resourceVersion: string;
  /** The server ends the watch after this many seconds. */
  readonly timeoutSeconds?: number;
  readonly signal: AbortSignal;
}

export interface PatchOptions {
  readonly subresource?: 'status' | 'scale';
}

export interface ApplyOptions extends PatchOptions {
  /** Stable, since the server remembers by this name which fields are ours. */
  readonly fieldManager: string;
  /** Take fields over from other managers; only for fields that are ours by right. */
  readonly force?: boolean;
}

export interface DeleteOptions {
  /** Only if it is still this very object, not a later one of the same name. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  /**
   * Seconds a pod has to end; its own when absent. With 0 the API server does not wait for word from its node: the pod
   * may live on.
   */
  readonly gracePeriodSeconds?: number;
}

/**
 * What controllers may do to the API server. An interface so that wrappers can fence writes or, in tests, break them at
 * a chosen one. Every method throws ApiError (see errors.ts for the classes), TransportError or CredentialsError.
 */
export interface Client {
  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): Promise<T>;
  list<T extends KubeObject>(type: ResourceType<T>, options?: ListOptions): Promise<ListPage<T>>;
  /**
   * Calls back for each event; resolves when the server ends the watch, throws GoneError when the resourceVersion is
   * too old.
   */
  watch<T extends KubeObject>(
    type: ResourceType<T>,
    options: WatchOptions,
    onEvent: (event: WatchEvent<T>) => void,
  ): Promise<void>;
  create<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T>;
  /** Optimistic: fails with ConflictError when metadata.resourceVersion is not the current one. */
  replace<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T>;
  /** JSON merge patch (RFC 7386): null deletes a field, lists are replaced whole. */
  mergePatch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: object,
    options?: PatchOptions,
  ): Promise<T>;
  /** Server-side apply: states the fields we want and owns them; creates the object when there is none. */
  apply<T extends KubeObject>(type: ResourceType<T>, object: T, options: ApplyOptions): Promise<T>;
  /** Returns normally when the server accepted the deletion; throws NotFoundError when there is nothing to delete. */
  delete(type: ResourceType, key: ObjectKey, options?: DeleteOptions): Promise<void>;
  /**
   * The same client, asking `mayWrite` each time just before a write goes out, repeats included. Whoever asks only
   * before calling is answered too early: a write waits for a free connection, or as long as a busy server says.
   */
  guarded?(mayWrite: () => void): Client;
}

export interface KubeClientOptions {
  /** Sent with writes, so that the server's managedFields tell who wrote. */
  readonly fieldManager: string;
  /** How often a call that was refused with 429 is repeated; the server did nothing, so any verb may be. */
  readonly throttleRetries?: number;
  /** Asked just before each write; what it throws is thrown in the write's place. */
  readonly mayWrite?: (() => void) | undefined;
  /**
   * In whose name all calls are made: the API server asks whether our own user may impersonate that one, then decides
   * by that one's rights.
   */
  readonly as?: Impersonated | undefined;
}

/**
 * A server that asks to wait longer (milliseconds) is answered by the caller's own back-off, not by a call that hangs.
 */
const longestWait = 30_000;

/** The client over one Transport. Cheap to make; the connections belong to the transport. */
export class KubeClient implements Client {
  readonly #transport: Transport;
  readonly #options: KubeClientOptions;
  readonly #fieldManager: string;
  readonly #throttleRetries: number;
  readonly #headers: Call['headers'];

  /** @throws ImpersonationError when `options.as` cannot be sent as headers */
  constructor(transport: Transport, options: KubeClientOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#fieldManager = options.fieldManager;
    this.#throttleRetries = options.throttleRetries ?? 3;
    this.#headers = options.as === undefined ? undefined : impersonation(options.as);
  }

  guarded(mayWrite: () => void): KubeClient {
    return new KubeClient(this.#transport, { ...this.#options, mayWrite });
  }

  /**
   * The same client over the same connections, in the name of this user and these groups; the API server adds
   * `system:authenticated` itself.
   * @throws ImpersonationError for a name that a header cannot carry
   */
  as(user: Impersonated): KubeClient {
    return new KubeClient(this.#transport, { ...this.#options, as: user });
  }

  async get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): Promise<T> {
    return this.#json<T>({ method: 'GET', path: resourcePath(type, key.namespace, key.name) });
  }

  async list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions = {}): Promise<ListPage<T>> {
    const { limit, resourceVersion: atLeast } = options;
    const asked = query({ ...selectors(options), limit, continue: options.continue, resourceVersion: atLeast });
    const path = `${resourcePath(type, options.namespace)}${asked}`;
    const answer = await this.#json<RawList<T>>(
      options.signal === undefined ? { method: 'GET', path } : { method: 'GET', path, signal: options.signal },
    );
    const { resourceVersion, continue: more } = answer.metadata;
    const page = { items: answer.items ?? [], resourceVersion };
    return more === undefined || more === '' ? page : { ...page, continue: more };
  }

  async watch<T extends KubeObject>(
    type: ResourceType<T>,
    options: WatchOptions,
    onEvent: (event: WatchEvent<T>) => void,
  ): Promise<void> {
    const { resourceVersion, timeoutSeconds, signal } = options;
    const bookmarks = { watch: 'true', allowWatchBookmarks: 'true' };
    const asked = query({ ...bookmarks, ...selectors(options), resourceVersion, timeoutSeconds });
    const path = `${resourcePath(type, options.namespace)}${asked}`;
    await readWatch(this.#transport, this.#signed({ method: 'GET', path, signal }), onEvent);
  }

  async create<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T> {
    const { namespace, name } = object.metadata;
    return this.#write(type, 'POST', type.subresource === undefined ? { namespace } : { namespace, name }, object);
  }

  async replace<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T> {
    return this.#write(type, 'PUT', object.metadata, object);
  }

  async mergePatch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: object,
    options: PatchOptions = {},
  ): Promise<T> {
    const path = resourcePath(type, key.namespace, key.name, options.subresource);
    return this.#json<T>({
      method: 'PATCH',
      path: `${path}${query({ fieldManager: this.#fieldManager })}`,
      body: JSON.stringify(patch),
      contentType: 'application/merge-patch+json',
    });
  }

  async apply<T extends KubeObject>(type: ResourceType<T>, object: T, options: ApplyOptions): Promise<T> {
    const { namespace, name } = object.metadata;
    const force = options.force === true ? 'true' : undefined;
    const asked = query({ fieldManager: options.fieldManager, force });
    const path = `${resourcePath(type, namespace, name, options.subresource)}${asked}`;
    const body = JSON.stringify({ apiVersion: apiVersionOf(type), kind: type.kind, ...object });
    return this.#json<T>({ method: 'PATCH', path, body, contentType: 'application/apply-patch+yaml' });
  }

  async delete(type: ResourceType, key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    const { uid, resourceVersion, propagationPolicy, gracePeriodSeconds } = options;
    const body = JSON.stringify({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy,
      gracePeriodSeconds,
      preconditions: { uid, resourceVersion },
    });
    await this.#call({ method: 'DELETE', path: resourcePath(type, key.namespace, key.name), body });
  }

  async #write<T extends KubeObject>(
    type: ResourceType<T>,
    method: 'POST' | 'PUT',
    key: { namespace?: string | undefined; name?: string },
    object: T,
  ): Promise<T> {
    const manager = query({ fieldManager: this.#fieldManager });
    return this.#json<T>({
      method,
      path: `${resourcePath(type, key.namespace, key.name, type.subresource)}${manager}`,
      body: JSON.stringify({ apiVersion: apiVersionOf(type), kind: type.kind, ...object }),
      slow: type.slow === true,
    });
  }

  async #json<A>(call: Call): Promise<A> {
    const text = await this.#call(call);
    try {
      return JSON.parse(text) as A;
    } catch (error) {
      throw new TransportError(`${call.method} ${call.path}`, error);
    }
  }

  #signed(call: Call): Call {
    return this.#headers === undefined ? call : { ...call, headers: this.#headers };
  }

  async #call(call: Call): Promise<string> {
    const signed = this.#signed(call);
    const guardedCall = call.method === 'GET' ? signed : { ...signed, beforeSend: this.#options.mayWrite };
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#transport.call(guardedCall);
      } catch (error) {
        const throttled =
          error instanceof TooManyRequestsError &&
          attempt < this.#throttleRetries &&
          (error.retryAfter ?? 0) <= longestWait;
        // A reset connection is answered by one more try where that cannot do anything twice.
        const dropped =
          error instanceof TransportError && call.method === 'GET' && attempt === 0 && call.signal?.aborted !== true;
        if (!throttled && !dropped) throw error;
        if (throttled) await pause(error.retryAfter ?? 1000, call.signal);
      }
    }
  }
}

/**
 * Lists everything, page by page, calling back for each page so that no page needs to outlive the next.
 * When the continue token expires on the way (410), it starts over without pages, as client-go does.
 * @returns the resourceVersion to watch from
 */
export async function listAll<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  options: ListOptions,
  onPage: (items: readonly T[], restarted: boolean) => void,
): Promise<string> {
  let token: string | undefined;
  let resourceVersion = '';
  do {
    let page: ListPage<T>;
    try {
      page = await client.list(type, token === undefined ? options : { ...options, continue: token });
    } catch (error) {
      if (!(error instanceof GoneError) || token === undefined) throw error;
      const { limit: _, ...unpaged } = options;
      const whole = await client.list(type, unpaged);
      onPage(whole.items, true);
      return whole.resourceVersion;
    }
    onPage(page.items, false);
    ({ resourceVersion, continue: token } = page);
  } while (token !== undefined);
  return resourceVersion;
}

interface RawList<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[] | null;
}

function selectors({ labelSelector, fieldSelector }: ListOptions): Record<string, string | undefined> {
  return { labelSelector, fieldSelector };
}

function query(parameters: Readonly<Record<string, string | number | undefined>>): string {
  let text = '';
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) text += `${text === '' ? '?' : '&'}${name}=${encodeURIComponent(value)}`;
  }
  return text;
}
