import { ConflictError, NotFoundError } from '../../kube/errors.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { Caller } from '../auth/caller.ts';
import type { ObjectsOptions } from './options.ts';
import { objectKey, patchObject } from './patch.ts';
import type { RecentWrites } from './recent.ts';
import { Rights } from './rights.ts';

/**
 * Deletes an object in a caller's name, and no other one that may have taken its name meanwhile. Who does so is noted
 * on it before, so that the history can tell; for that he also needs the right to patch it.
 * @returns whether it was still there. @throws AuthError, ServiceError, and what Client.mergePatch and Client.delete
 * throw otherwise
 */
export async function deleteObject<T extends KubeObject>(
  caller: Caller,
  found: T,
  requestId: string,
  options: ObjectsOptions<T>,
  recent: RecentWrites<T>,
): Promise<boolean> {
  const { type, clientOf, authorizer } = options;
  const { namespace, uid } = found.metadata;
  // Before anything is noted that would not be done.
  await new Rights(authorizer, type).demand(caller, { verb: 'delete', namespace });
  const act = {
    operation: 'delete',
    requestId,
    change: ({ metadata }: T) => (metadata.deletionTimestamp === undefined ? {} : undefined),
  };
  if (!(await patchObject(caller, found, act, options, recent))) return false;
  try {
    await clientOf(caller).delete(type, objectKey(found), uid === undefined ? {} : { uid });
    return true;
  } catch (error) {
    // The API server takes another UID for a conflict.
    if (error instanceof NotFoundError || error instanceof ConflictError) return false;
    throw error;
  }
}
