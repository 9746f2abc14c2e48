import type { Logger } from 'pino';

import { pause } from '../../kube/backoff.ts';
import { listAll, type Client } from '../../kube/client.ts';
import { NotFoundError } from '../../kube/errors.ts';
import { deleteIfThere } from '../../kube/ifthere.ts';
import { keyOf, type KubeObject, type ResourceType } from '../../kube/objects.ts';

/** Objects that have to go while their controller still runs. */
export interface Removable {
  readonly objects: ResourceType;
  /** Those that the controller takes away. */
  readonly finalizers: readonly string[];
}

/** What is kept in mind of an object. */
type Left = Pick<KubeObject['metadata'], 'name' | 'namespace' | 'uid' | 'finalizers' | 'deletionTimestamp'>;

/** Milliseconds between two looks at what is left. */
const lookEvery = 2000;
const named = 5;

/** Objects are still there at the end of the time that they were given. */
export class ObjectsRemainError extends Error {
  readonly code = 'OBJECTS_REMAIN';

  constructor({ objects, finalizers }: Removable, left: readonly Left[]) {
    const some = left
      .slice(0, named)
      .map((metadata) => `${keyOf({ metadata })} (held by ${metadata.finalizers?.join(', ') ?? 'nothing'})`);
    const more = left.length > named ? ` and ${left.length - named} more` : '';
    super(
      `${left.length} ${objects.kind}s did not go in time: ${some.join(', ')}${more}. ` +
        `${takenAwayBy(finalizers)}: see that they run, and try again`,
    );
    this.name = 'ObjectsRemainError';
  }
}

function takenAwayBy(finalizers: readonly string[]): string {
  return finalizers.length === 0
    ? 'The recorder takes away fleetwright.io/history'
    : `The controllers take away ${finalizers.join(' and ')}, the recorder fleetwright.io/history`;
}

/**
 * Deletes every object of these kinds in the cluster, those that are made meanwhile too, and resolves when none is
 * left.
 * @param client may list and delete them in all namespaces
 * @param signal ends the waiting
 * @returns how many were deleted. @throws ObjectsRemainError, and what the client throws
 */
export async function deleteAll(
  client: Client,
  kinds: readonly Removable[],
  log: Logger,
  signal: AbortSignal,
): Promise<number> {
  const deleted = new Set<string>();
  for (;;) {
    let open = 0;
    for (const kind of kinds) {
      const left = await remaining(client, kind.objects);
      if (left.length === 0) continue;
      if (signal.aborted) throw new ObjectsRemainError(kind, left);
      for (const uid of await removeAll(client, kind.objects, left)) deleted.add(uid);
      log.info({ kind: kind.objects.kind, left: left.length }, 'waiting for objects to end');
      open += left.length;
    }
    if (open === 0) return deleted.size;
    await pause(lookEvery, signal);
  }
}

/** @returns what was not being deleted before, by UID */
async function removeAll(client: Client, type: ResourceType, left: readonly Left[]): Promise<readonly string[]> {
  const staying = left.filter(({ deletionTimestamp }) => deletionTimestamp === undefined);
  for (const metadata of staying) await deleteIfThere(client, type, { metadata });
  return staying.map((metadata) => metadata.uid ?? keyOf({ metadata }));
}

/** None where the kind itself is gone. */
async function remaining(client: Client, type: ResourceType): Promise<readonly Left[]> {
  const left: Left[] = [];
  try {
    await listAll(client, type, { limit: 500 }, (items, restarted) => {
      if (restarted) left.length = 0;
      for (const { metadata } of items) left.push(metadata);
    });
    return left;
  } catch (error) {
    if (error instanceof NotFoundError) return [];
    throw error;
  }
}
