import type { Client } from '../../kube/client.ts';
import type { KubeObject, ResourceType } from '../../kube/objects.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import type { Caller } from '../auth/caller.ts';

/** By what the calls of an API come to the objects of one kind, of a namespace or of the whole cluster. */
export interface ObjectsOptions<T extends KubeObject> {
  readonly type: ResourceType<T>;
  /** Acts in the name of a caller, so that his rights decide. */
  readonly clientOf: (caller: Caller) => Client;
  readonly authorizer: Authorizer;
  /** The objects, kept as cacheOptions say. It may lag. */
  readonly cache: ReadStore<T>;
  /** Takes away what no answer holds, as the cache does; absent: nothing. */
  readonly slim?: (object: T) => T;
  /** Objects that may be gone; absent where no history is kept. */
  readonly past?: Past<T> | undefined;
}

/**
 * The objects of one kind that the history knows, as long as they are there and afterwards. Methods throw HistoryError.
 */
export interface Past<T extends KubeObject> {
  byId(namespace: string | undefined, id: number): Promise<T | undefined>;
  /** By metadata.name; of several that bore it, the latest. */
  byName(namespace: string | undefined, name: string): Promise<T | undefined>;
}
