import { idLabel } from '../../crds/labels.ts';
import type { Client } from '../../kube/client.ts';
import type { KubeObject, ResourceType } from '../../kube/objects.ts';
import type { ReadStore } from '../../kube/store.ts';
import { isElder } from './turns.ts';

/*
 * Integer ids, by which REST calls name objects, also those that kubectl made. That one is to be given is decided by
 * idToGive (steps.ts).
 */

/** By the integer id of an object, for a cache that is asked by `isCopy`. */
export const idIndexer = {
  id: ({ metadata }: KubeObject): readonly string[] => {
    const id = metadata.labels?.[idLabel];
    return id === undefined ? [] : [id];
  },
};

/**
 * Whether an older object bears the same id: labels are copied along when somebody makes a new object of another one's
 * YAML.
 * @param store indexed by idIndexer
 */
export function isCopy<T extends KubeObject>(object: T, store: ReadStore<T>): boolean {
  const id = object.metadata.labels?.[idLabel];
  return id !== undefined && store.byIndex('id', id).some((other) => isElder(age(other), age(object)));
}

function age({ metadata }: KubeObject): { readonly since: string; readonly uid: string } {
  return { since: metadata.creationTimestamp ?? '', uid: metadata.uid ?? '' };
}

/**
 * Of an object as it was seen only: what somebody else gave it since must stay. An id that is lost on the way is a gap,
 * no harm.
 * @throws ConflictError when the object has changed
 */
export async function giveId<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  { metadata }: T,
  id: number,
): Promise<T> {
  const { uid, resourceVersion } = metadata;
  return client.mergePatch(type, metadata, { metadata: { uid, resourceVersion, labels: { [idLabel]: String(id) } } });
}
