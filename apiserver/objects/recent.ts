import { keyOf, type KubeObject } from '../../kube/objects.ts';
import { isOlder } from '../../kube/versions.ts';

/** A cache that lags by as many writes has other troubles. */
const capacity = 1000;

/**
 * What this process wrote last of one kind, so that a caller sees what he has just done, also while the cache does not
 * show it yet.
 */
export class RecentWrites<T extends KubeObject> {
  readonly #written = new Map<string, T>();

  /** @param object as the API server answered the write */
  record(object: T): void {
    const key = keyOf(object);
    // A key that is set again keeps its place in the order of a Map.
    this.#written.delete(key);
    this.#written.set(key, object);
    const [eldest] = this.#written.keys();
    if (this.#written.size > capacity && eldest !== undefined) this.#written.delete(eldest);
  }

  /** @returns the object of the cache, or what was written later. */
  latest(cached: T): T {
    const key = keyOf(cached);
    const written = this.#written.get(key);
    if (written === undefined) return cached;
    if (
      written.metadata.uid === cached.metadata.uid &&
      isOlder(cached.metadata.resourceVersion ?? '', written.metadata.resourceVersion ?? '')
    )
      return written;
    this.#written.delete(key);
    return cached;
  }
}
