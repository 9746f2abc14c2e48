import { idLabel } from '../../crds/labels.ts';
import { getIfThere } from '../../kube/ifthere.ts';
import { joinKey, type KubeObject, type ObjectKey } from '../../kube/objects.ts';
import type { Caller } from '../auth/caller.ts';
import { objectsById } from './cache.ts';
import type { ObjectsOptions } from './options.ts';
import { RecentWrites } from './recent.ts';
import { Rights } from './rights.ts';

/** An object, and whether it is still in the API server or only known to the history. */
export interface Found<T extends KubeObject> {
  readonly object: T;
  readonly live: boolean;
}

/** Finds objects of one kind, wherever they are known: in the cache, in the API server, in the history. */
export class ObjectLookup<T extends KubeObject> {
  readonly #options: ObjectsOptions<T>;
  readonly #rights: Rights;
  /** What was written to objects that the cache may show as they were before. */
  readonly recent = new RecentWrites<T>();

  constructor(options: ObjectsOptions<T>) {
    this.#options = options;
    this.#rights = new Rights(options.authorizer, options.type);
  }

  /**
   * @returns undefined when there is none.
   * @throws AuthError, ServiceError, HistoryError, and what Client.get throws
   */
  async byName(caller: Caller, key: ObjectKey): Promise<Found<T> | undefined> {
    const { type, clientOf, cache, past } = this.#options;
    await this.#rights.demand(caller, { verb: 'get', namespace: key.namespace });
    const cached = cache.get(joinKey(key));
    if (cached !== undefined) return { object: this.recent.latest(cached), live: true };
    return (
      this.#live(await getIfThere(clientOf(caller), type, key)) ?? recorded(await past?.byName(key.namespace, key.name))
    );
  }

  /**
   * @returns undefined when there is none.
   * @throws AuthError, ServiceError, HistoryError, and what Client.list throws
   */
  async byId(caller: Caller, namespace: string | undefined, id: number): Promise<Found<T> | undefined> {
    const { type, clientOf, cache, past } = this.#options;
    await this.#rights.demand(caller, { verb: 'get', namespace });
    // Nobody was ever given such an id, and a label with it would not be a label.
    if (!Number.isSafeInteger(id) || id < 1) return undefined;
    const cached = eldest(objectsById(cache, namespace, id));
    if (cached !== undefined) return { object: this.recent.latest(cached), live: true };
    const { items } = await clientOf(caller).list(type, {
      labelSelector: `${idLabel}=${id}`,
      ...(namespace === undefined ? {} : { namespace }),
    });
    return this.#live(eldest(items)) ?? recorded(await past?.byId(namespace, id));
  }

  #live(object: T | undefined): Found<T> | undefined {
    if (object === undefined) return undefined;
    return { object: this.#options.slim?.(object) ?? object, live: true };
  }
}

function recorded<T extends KubeObject>(object: T | undefined): Found<T> | undefined {
  return object === undefined ? undefined : { object, live: false };
}

/** Somebody may have written a label by hand; the object that was given the id is older than the copy. */
function eldest<T extends KubeObject>(objects: readonly T[]): T | undefined {
  return objects.length < 2 ? objects[0] : objects.toSorted((a, b) => (createdAt(a) < createdAt(b) ? -1 : 1))[0];
}

function createdAt({ metadata }: KubeObject): string {
  return metadata.creationTimestamp ?? '';
}
