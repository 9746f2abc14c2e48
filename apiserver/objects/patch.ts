import { ConflictError, NotFoundError } from '../../kube/errors.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { Caller } from '../auth/caller.ts';
import type { ObjectsOptions } from './options.ts';
import type { RecentWrites } from './recent.ts';

/** What is changed of an object, as a JSON merge patch; what is left out stays. */
export interface ObjectPatch {
  readonly metadata?: object;
  readonly spec: object;
}

/**
 * Changes an object in a caller's name, and no other one that may have taken its name meanwhile.
 * @param recent takes note of the write, so that the next look-up shows it
 * @returns whether it was still there. @throws what Client.mergePatch throws otherwise
 */
export async function patchObject<T extends KubeObject>(
  caller: Caller,
  { metadata: { namespace, name, uid } }: T,
  { metadata, spec }: ObjectPatch,
  { type, clientOf, slim }: Pick<ObjectsOptions<T>, 'type' | 'clientOf' | 'slim'>,
  recent: RecentWrites<T>,
): Promise<boolean> {
  const key = namespace === undefined ? { name } : { namespace, name };
  try {
    const changed = await clientOf(caller).mergePatch(type, key, { metadata: { ...metadata, uid }, spec });
    recent.record(slim?.(changed) ?? changed);
    return true;
  } catch (error) {
    // The API server takes another UID for a conflict.
    if (error instanceof NotFoundError || error instanceof ConflictError) return false;
    throw error;
  }
}
