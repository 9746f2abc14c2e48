import { withOperation } from '../../crds/operations.ts';
import { ConflictError, NotFoundError } from '../../kube/errors.ts';
import { getIfThere } from '../../kube/ifthere.ts';
import type { KubeObject, ObjectKey } from '../../kube/objects.ts';
import type { Caller } from '../auth/caller.ts';
import type { ObjectsOptions } from './options.ts';
import type { RecentWrites } from './recent.ts';

/** What is changed of an object, as a JSON merge patch; what is left out stays. */
export interface ObjectPatch {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string | null>>;
    readonly annotations?: Readonly<Record<string, string | null>>;
  };
  readonly spec?: object;
}

/** What a call does to an object. */
export interface Act<T extends KubeObject> {
  /** As it is noted on the object, for example `stop`. */
  readonly operation: string;
  readonly requestId: string;
  /**
   * @returns undefined when nothing is left to be done about the object as it is; asked anew each time when somebody
   * was faster
   */
  readonly change: (current: T) => ObjectPatch | undefined;
}

type Options<T extends KubeObject> = Pick<ObjectsOptions<T>, 'type' | 'clientOf' | 'slim'>;

/** Controllers write the status of an object that works several times a second at most. */
const tries = 10;

/**
 * Changes an object in a caller's name, and no other one that may have taken its name meanwhile. The same write notes
 * who did what; a note that another facade makes in the same moment is not lost.
 * @param found as it was found, which need not be as it is
 * @param recent takes note of the write, so that the next look-up shows it
 * @returns whether it was still there. @throws what Client.get and Client.mergePatch throw otherwise
 */
export async function patchObject<T extends KubeObject>(
  caller: Caller,
  found: T,
  act: Act<T>,
  options: Options<T>,
  recent: RecentWrites<T>,
): Promise<boolean> {
  const { type, clientOf } = options;
  const client = clientOf(caller);
  let current: T | undefined = found;
  for (let attempt = 1; current !== undefined && current.metadata.uid === found.metadata.uid; attempt += 1) {
    try {
      return await patchOnce(caller, current, act, options, recent);
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      if (!(error instanceof ConflictError) || attempt === tries) throw error;
    }
    current = await getIfThere(client, type, objectKey(found));
  }
  return false;
}

async function patchOnce<T extends KubeObject>(
  caller: Caller,
  current: T,
  { operation, requestId, change }: Act<T>,
  { type, clientOf, slim }: Options<T>,
  recent: RecentWrites<T>,
): Promise<boolean> {
  const patch = change(current);
  if (patch === undefined) return true;
  const { uid, resourceVersion } = current.metadata;
  const noted = withOperation(current.metadata.annotations, {
    operation,
    user: caller.user,
    requestId,
    time: new Date().toISOString(),
  });
  const annotations = { ...patch.metadata?.annotations, ...noted };
  const changed = await clientOf(caller).mergePatch(type, objectKey(current), {
    ...patch,
    metadata: { ...patch.metadata, annotations, uid, resourceVersion },
  });
  recent.record(slim?.(changed) ?? changed);
  return true;
}

/** Where the object is. */
export function objectKey({ metadata: { namespace, name } }: KubeObject): ObjectKey {
  return namespace === undefined ? { name } : { namespace, name };
}
