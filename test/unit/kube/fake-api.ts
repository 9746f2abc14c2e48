import type { ApplyOptions, Client, DeleteOptions, ListPage, PatchOptions } from '../../../kube/client.ts';
import { apiErrorFrom } from '../../../kube/errors.ts';
import { joinKey, keyOf, type KubeObject, type ObjectKey, type ResourceType } from '../../../kube/objects.ts';
import type { WatchEvent } from '../../../kube/watch.ts';

export interface RecordedCall {
  readonly verb: 'get' | 'list' | 'create' | 'replace' | 'patch' | 'apply' | 'delete';
  readonly type: string;
  readonly key: string;
  readonly body?: unknown;
  readonly options?: PatchOptions | ApplyOptions | DeleteOptions;
}

/**
 * An API server in memory, as far as leases, counters and events need one: optimistic writes by resourceVersion,
 * AlreadyExists, NotFound. `before` runs ahead of each call and may delay it or throw in its place.
 */
export class FakeApi implements Client {
  readonly calls: RecordedCall[] = [];
  readonly objects = new Map<string, KubeObject>();
  before: (call: RecordedCall) => Promise<void> = async () => undefined;
  #version = 100;

  async get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): Promise<T> {
    await this.#called({ verb: 'get', type: type.plural, key: joinKey(key) });
    return this.#present(type, key);
  }

  async list<T extends KubeObject>(type: ResourceType<T>): Promise<ListPage<T>> {
    await this.#called({ verb: 'list', type: type.plural, key: '' });
    const items = [...this.objects]
      .filter(([path]) => path.startsWith(`${type.plural}/`))
      .map(([, object]) => object as T);
    return { items, resourceVersion: String(this.#version) };
  }

  /** Brings nothing and ends when it is told to. */
  async watch<T extends KubeObject>(
    _: ResourceType<T>,
    options: { readonly signal: AbortSignal },
    __: (event: WatchEvent<T>) => void,
  ): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    options.signal.addEventListener('abort', () => resolve());
    await promise;
  }

  async create<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T> {
    await this.#called({ verb: 'create', type: type.plural, key: keyOf(object), body: object });
    if (this.objects.has(pathOf(type, object.metadata))) throw failure(409, 'AlreadyExists');
    return this.#store(type, object);
  }

  async replace<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T> {
    await this.#called({ verb: 'replace', type: type.plural, key: keyOf(object), body: object });
    const present = this.#present(type, object.metadata);
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined && resourceVersion !== present.metadata.resourceVersion)
      throw failure(409, 'Conflict');
    return this.#store(type, object);
  }

  async mergePatch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: object,
    options: PatchOptions = {},
  ): Promise<T> {
    await this.#called({ verb: 'patch', type: type.plural, key: joinKey(key), body: patch, options });
    return (this.objects.get(pathOf(type, key)) ?? { metadata: key }) as T;
  }

  async apply<T extends KubeObject>(type: ResourceType<T>, object: T, options: ApplyOptions): Promise<T> {
    await this.#called({ verb: 'apply', type: type.plural, key: keyOf(object), body: object, options });
    return this.#store(type, object);
  }

  async delete(type: ResourceType, key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    await this.#called({ verb: 'delete', type: type.plural, key: joinKey(key), options });
    this.objects.delete(pathOf(type, key));
  }

  /** The calls of one verb. */
  made(verb: RecordedCall['verb']): readonly RecordedCall[] {
    return this.calls.filter((call) => call.verb === verb);
  }

  async #called(call: RecordedCall): Promise<void> {
    this.calls.push(call);
    await this.before(call);
  }

  #present<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): T {
    const found = this.objects.get(pathOf(type, key));
    if (found === undefined) throw failure(404, 'NotFound');
    return found as T;
  }

  #store<T extends KubeObject>(type: ResourceType<T>, object: T): T {
    this.#version += 1;
    const { metadata } = object;
    const stored = {
      ...object,
      metadata: { ...metadata, uid: metadata.uid ?? `uid-${this.#version}`, resourceVersion: String(this.#version) },
    };
    this.objects.set(pathOf(type, object.metadata), stored);
    return stored;
  }
}

/** The error that the client throws for such an answer of the API server. */
export function failure(code: number, reason: string): Error {
  return apiErrorFrom(code, JSON.stringify({ kind: 'Status', code, reason, message: `made up: ${reason}` }), 'TEST /');
}

function pathOf(type: ResourceType, key: ObjectKey): string {
  return `${type.plural}/${joinKey(key)}`;
}
