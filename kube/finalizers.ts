import type { Client } from './client.ts';
import { NotFoundError } from './errors.ts';
import type { KubeObject, ResourceType } from './objects.ts';

/**
 * Adds the finalizer unless it is there. Optimistic: a list is patched whole, so a concurrent change must fail it
 * (ConflictError).
 */
export async function addFinalizer<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  object: T,
  finalizer: string,
): Promise<T> {
  const finalizers = object.metadata.finalizers ?? [];
  return finalizers.includes(finalizer) ? object : patchFinalizers(client, type, object, [...finalizers, finalizer]);
}

/**
 * Removes the finalizer, after which the API server lets a deleted object go. Throws as `addFinalizer` does, but not
 * for an object that is gone: somebody else has taken the finalizer away, and what was wanted is so.
 * @returns the object as it is now; undefined when it is gone
 */
export async function removeFinalizer<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  object: T,
  finalizer: string,
): Promise<T | undefined> {
  const finalizers = object.metadata.finalizers ?? [];
  if (!finalizers.includes(finalizer)) return object;
  const left = finalizers.filter((name) => name !== finalizer);
  try {
    return await patchFinalizers(client, type, object, left);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function patchFinalizers<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  object: T,
  finalizers: readonly string[],
): Promise<T> {
  const { uid, resourceVersion } = object.metadata;
  return client.mergePatch(type, object.metadata, { metadata: { uid, resourceVersion, finalizers } });
}
