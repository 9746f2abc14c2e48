import type { Logger } from 'pino';

import type { Client } from './client.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from './objects.ts';
import { Reflector, type ReflectorOptions } from './reflector.ts';

/** How a cache is asked for. Namespace and selectors say which objects it holds; the rest, how. */
export type CacheOptions<T extends KubeObject> = Omit<ReflectorOptions<T>, 'log'>;

/** What can be done with a cache of whatever kind. */
export interface AnyCache extends Pick<
  Reflector<KubeObject>,
  'synced' | 'hasSynced' | 'isDenied' | 'lastContact' | 'run'
> {
  readonly type: { readonly plural: string };
  readonly store: { readonly size: number };
}

interface Known {
  readonly reflector: AnyCache;
  readonly form: Readonly<Record<string, unknown>>;
}

/** Two askers for the same objects want them in different forms. One store cannot hold both. */
export class CacheConflictError extends Error {
  readonly code = 'CACHE_CONFLICT';

  constructor(plural: string, option: string) {
    super(
      `the cache of ${plural} was asked for twice, with different values of "${option}": ` +
        'let both ask with the same one, ' +
        'or give one of them a scope of its own (namespace or selector)',
    );
    this.name = 'CacheConflictError';
  }
}

/**
 * One reflector for each kind and scope, however many ask: a second watch would bring, and keep, every object once
 * more.
 */
export class SharedCaches {
  readonly #client: Client;
  readonly #log: Logger;
  readonly #known = new Map<string, Known>();

  constructor(client: Client, log: Logger) {
    this.#client = client;
    this.#log = log;
  }

  get all(): readonly AnyCache[] {
    return [...this.#known.values()].map(({ reflector }) => reflector);
  }

  /** @throws CacheConflictError, and Error for two different indexes of one name */
  of<T extends KubeObject>(type: ResourceType<T>, options: CacheOptions<T>): Reflector<T> {
    const { namespace, labelSelector, fieldSelector, indexers, ...form } = options;
    const scope = JSON.stringify([apiVersionOf(type), type.plural, namespace, labelSelector, fieldSelector]);
    const known = this.#known.get(scope);
    if (known === undefined) {
      const reflector = new Reflector(this.#client, type, { ...options, log: this.#log });
      this.#known.set(scope, { reflector, form });
      return reflector;
    }
    refuseOtherForm(type, known.form, form);
    // Made above for this very resource type.
    const reflector = known.reflector as Reflector<T>;
    if (indexers !== undefined) reflector.index(indexers);
    return reflector;
  }
}

function refuseOtherForm({ plural }: ResourceType, known: Known['form'], asked: Known['form']): void {
  for (const option of new Set([...Object.keys(known), ...Object.keys(asked)]))
    if (known[option] !== asked[option]) throw new CacheConflictError(plural, option);
}
