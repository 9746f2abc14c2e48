import type {
  ApplyOptions,
  Client,
  DeleteOptions,
  ListOptions,
  ListPage,
  PatchOptions,
  WatchOptions,
} from '../../../kube/client.ts';
import { ServerError, TransportError } from '../../../kube/errors.ts';
import { joinKey, type KubeObject, type ObjectKey, type ResourceType } from '../../../kube/objects.ts';
import type { WatchEvent } from '../../../kube/watch.ts';
import type { ModelApi } from './api.ts';
import type { Life } from './life.ts';

/** One watch. */
export interface Stream {
  /** Something happened that was not delivered yet. */
  readonly lags: boolean;
  deliver(): void;
}

/** A process's way to the model API server. */
export class ModelClient implements Client {
  readonly streams: Stream[] = [];
  readonly #api: ModelApi;
  readonly #life: Life;

  constructor(api: ModelApi, life: Life) {
    this.#api = api;
    this.#life = life;
  }

  async get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): Promise<T> {
    return this.#life.read(`get ${type.plural}`, () => this.#api.get(type, key));
  }

  async list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions = {}): Promise<ListPage<T>> {
    return this.#life.read(`list ${type.plural}`, () => ({
      items: this.#api.list(type, options),
      resourceVersion: String(this.#api.version),
    }));
  }

  async watch<T extends KubeObject>(
    type: ResourceType<T>,
    options: WatchOptions,
    onEvent: (event: WatchEvent<T>) => void,
  ): Promise<void> {
    const ended = Promise.withResolvers<void>();
    options.signal.addEventListener('abort', () => ended.resolve());
    this.streams.push(new LogStream(this.#api, type, options, onEvent));
    await ended.promise;
  }

  async create<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T> {
    return this.#write(`create ${type.subresource ?? type.plural}`, () => this.#api.create(type, object));
  }

  async mergePatch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: object,
    options: PatchOptions = {},
  ): Promise<T> {
    const what =
      options.subresource === undefined
        ? `patch ${type.plural} ${joinKey(key)}`
        : `patch ${options.subresource} of ${type.plural} ${joinKey(key)}`;
    return this.#write(what, () => this.#api.mergePatch(type, key, patch, options.subresource));
  }

  async delete(type: ResourceType, key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    return this.#write(`delete ${type.plural}`, () => this.#api.delete(type, key, options));
  }

  async replace<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T> {
    return this.#write(`replace ${type.plural}`, () => this.#api.replace(type, object));
  }

  async apply<T extends KubeObject>(type: ResourceType<T>, _object: T, _options: ApplyOptions): Promise<T> {
    throw new Error(`the model API server does not apply ${type.plural}: teach it when a controller needs that`);
  }

  async #write<T>(what: string, carryOut: () => T): Promise<T> {
    return this.#life.write(what, carryOut, {
      refused: () => new ServerError(500, { message: 'etcdserver: request timed out' }, what),
      answerLost: () => new TransportError(what, new Error('connection reset')),
    });
  }
}

class LogStream<T extends KubeObject> implements Stream {
  readonly #api: ModelApi;
  readonly #concerns: (plural: string, object: KubeObject) => boolean;
  readonly #onEvent: (event: WatchEvent<T>) => void;
  /** Index in the log of the first event that may not have been delivered. */
  #next: number;

  constructor(
    api: ModelApi,
    type: ResourceType<T>,
    { resourceVersion, namespace }: WatchOptions,
    onEvent: (event: WatchEvent<T>) => void,
  ) {
    this.#api = api;
    this.#concerns = (plural, { metadata }) =>
      plural === type.plural && (namespace === undefined || metadata.namespace === namespace);
    this.#onEvent = onEvent;
    const first = api.log.findIndex(({ version }) => version > Number(resourceVersion));
    this.#next = first < 0 ? api.log.length : first;
  }

  get lags(): boolean {
    return this.#peek() !== undefined;
  }

  deliver(): void {
    const event = this.#peek();
    this.#next += 1;
    if (event !== undefined) this.#onEvent(event as WatchEvent<T>);
  }

  #peek(): WatchEvent<KubeObject> | undefined {
    for (; this.#next < this.#api.log.length; this.#next += 1) {
      const logged = this.#api.log[this.#next];
      if (logged !== undefined && this.#concerns(logged.plural, logged.event.object)) return logged.event;
    }
    return undefined;
  }
}
