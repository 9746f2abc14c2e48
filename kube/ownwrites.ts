import { keyOf, type KubeObject, type ResourceType } from './objects.ts';
import { isOlder } from './versions.ts';

/**
 * Remembers what we wrote, so that a pass does not decide on a cache that has not seen it yet: such a pass would do the
 * same thing again. (The shape is Argo Rollouts' stale-cache tracker; client-go 1.36 does the same, KEP-5647.)
 */
export class OwnWrites {
  /** By kind and key: a Node and a ClusterStage may bear one name. */
  readonly #written = new Map<string, string>();

  /** Call with the answer of each write to an object that a cache holds. */
  record<T extends KubeObject>(type: ResourceType<T>, object: T): void {
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined) this.#written.set(keyIn(type, keyOf(object)), resourceVersion);
  }

  /** @returns true while `cached` is older than our own last write to it. */
  isStale<T extends KubeObject>(type: ResourceType<T>, cached: T): boolean {
    const key = keyIn(type, keyOf(cached));
    const written = this.#written.get(key);
    if (written === undefined) return false;
    // Also when the UIDs differ: the cache then still holds the object that was there before we made this one.
    if (isOlder(cached.metadata.resourceVersion ?? '', written)) return true;
    this.#written.delete(key);
    return false;
  }

  /** The object is gone: nothing to wait for. */
  forget(type: ResourceType, key: string): void {
    this.#written.delete(keyIn(type, key));
  }
}

function keyIn({ group, plural }: ResourceType, key: string): string {
  return `${plural}.${group} ${key}`;
}
