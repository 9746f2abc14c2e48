import { selfSubjectAccessReviews } from '../kube/builtin.ts';
import { listAll, type Client } from '../kube/client.ts';
import { ForbiddenError } from '../kube/errors.ts';
import type { KubeObject, ResourceType } from '../kube/objects.ts';
import { idLabel, idOf } from './labels.ts';

export interface IdsInUse {
  readonly client: Client;
  /** Where this program looks for objects when it may not look everywhere; absent: it may. */
  readonly namespace?: string | undefined;
  /** The highest id of objects that may be gone, 0 when there was none; absent in a program that has no history. */
  readonly recorded?: (() => Promise<number>) | undefined;
}

/**
 * Where a sequence of ids goes on of which neither counter nor mark is left: the first time, or when somebody deleted a
 * counter from before there were marks. The same question in all our programs, so that none of them gives what another
 * one would not.
 * @returns the highest id that an object of the kind has or, as far as the history knows, had; 0 when there is none
 */
export async function highestId<T extends KubeObject>(
  type: ResourceType<T>,
  { client, namespace, recorded }: IdsInUse,
): Promise<number> {
  let highest = (await recorded?.()) ?? 0;
  const scope = namespace === undefined || (await mayListEverywhere(client, type)) ? {} : { namespace };
  await listAll(client, type, { ...scope, labelSelector: idLabel, limit: 500 }, (items) => {
    for (const object of items) highest = Math.max(highest, idOf(object) ?? 0);
  });
  return highest;
}

/** Asked beforehand: a call that is refused would look like an attempt in the audit log. */
async function mayListEverywhere(client: Client, { group, plural }: ResourceType): Promise<boolean> {
  try {
    const { status } = await client.create(selfSubjectAccessReviews, {
      metadata: { name: '' },
      spec: { resourceAttributes: { verb: 'list', group, resource: plural } },
    });
    return status?.allowed === true;
  } catch (error) {
    // Some clusters let nobody ask.
    if (error instanceof ForbiddenError) return false;
    throw error;
  }
}
