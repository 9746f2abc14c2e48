import type { Client, DeleteOptions } from './client.ts';
import { NotFoundError } from './errors.ts';
import type { KubeObject, ObjectKey, ResourceType } from './objects.ts';

/** @returns undefined when there is none. @throws what Client.get throws otherwise */
export async function getIfThere<T extends KubeObject>(
  client: Pick<Client, 'get'>,
  type: ResourceType<T>,
  key: ObjectKey,
): Promise<T | undefined> {
  try {
    return await client.get(type, key);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/**
 * Deletes this very object, not a later one of its name. Resolves also when there is nothing to delete.
 * @throws what Client.delete throws otherwise
 */
export async function deleteIfThere(
  client: Pick<Client, 'delete'>,
  type: ResourceType,
  { metadata }: Pick<KubeObject, 'metadata'>,
  options: DeleteOptions = {},
): Promise<void> {
  const { uid } = metadata;
  try {
    await client.delete(type, metadata, uid === undefined ? options : { ...options, uid });
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
}
