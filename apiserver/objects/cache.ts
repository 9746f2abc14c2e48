import { idOf } from '../../crds/labels.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { Indexer } from '../../kube/store.ts';

const idIndex = 'id';

/** What of a ReflectorOptions is said here. */
export interface CacheOptions<T extends KubeObject> {
  readonly indexers: Readonly<Record<string, Indexer<T>>>;
  /** Takes away what no answer holds. */
  readonly transform?: (object: T) => T;
}

/** @returns how a cache is made whose objects are looked for by their id, and by what `more` says */
export function cacheOptions<T extends KubeObject>(more: Partial<CacheOptions<T>> = {}): CacheOptions<T> {
  return { ...more, indexers: { ...more.indexers, [idIndex]: idsOf } };
}

function idsOf(object: KubeObject): readonly string[] {
  const id = idOf(object);
  return id === undefined ? [] : [String(id)];
}

/** What look-ups need of a cache made with cacheOptions. */
export interface IndexedObjects<T extends KubeObject> {
  byIndex(index: string, value: string): readonly T[];
}

/**
 * @returns those of the namespace, or of the cluster, that carry the id: one at most unless somebody wrote labels by
 * hand
 */
export function objectsById<T extends KubeObject>(
  cache: IndexedObjects<T>,
  namespace: string | undefined,
  id: number,
): readonly T[] {
  return cache.byIndex(idIndex, String(id)).filter(({ metadata }) => metadata.namespace === namespace);
}
