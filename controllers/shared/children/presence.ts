import type { KubeObject } from '../../../kube/objects.ts';
import { childFinalizer } from '../parents.ts';
import type { ParentMemory } from './memory.ts';
import { isChildOf } from './naming.ts';

/**
 * Where a child is. `unmade`: it was not made yet. `unseen`: made by this process a moment ago. `there`: the cache
 * shows it. `gone`: it was made, and is no more. `taken`: an object that is not ours has its name.
 */
export type Presence = 'unmade' | 'unseen' | 'there' | 'gone' | 'taken';

/**
 * @param found what the cache has under the child's name
 * @param recorded the parent's status speaks of it. Parent and child have to come from one cache, or the child's cache
 * has to be asked first: what the
 *   status names and the cache does not have, has been there
 */
export function presenceOf(
  found: KubeObject | undefined,
  parent: KubeObject,
  name: string,
  memory: Pick<ParentMemory, 'unseen'>,
  recorded: boolean,
): Presence {
  if (found !== undefined) {
    memory.unseen.delete(name);
    return isChildOf(found, parent) ? 'there' : 'taken';
  }
  if (memory.unseen.has(name)) return 'unseen';
  return recorded ? 'gone' : 'unmade';
}

/** Its parent has not let it go yet. */
export function isHeld({ metadata }: KubeObject): boolean {
  return metadata.finalizers?.includes(childFinalizer) === true;
}

/**
 * Not deleted yet, or not let go by its own controller or by its parent. What a history waits for is no matter of the
 * parent.
 * @param finalizer of the child's own controller
 */
export function isInTheWay(child: KubeObject, finalizer: string): boolean {
  return (
    child.metadata.deletionTimestamp === undefined ||
    child.metadata.finalizers?.includes(finalizer) === true ||
    isHeld(child)
  );
}
