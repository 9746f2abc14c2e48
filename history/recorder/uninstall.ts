import type { Logger } from 'pino';

import { historyFinalizer } from '../../crds/labels.ts';
import { leases } from '../../kube/builtin.ts';
import { listAll, type Client } from '../../kube/client.ts';
import { ConflictError } from '../../kube/errors.ts';
import { removeFinalizer } from '../../kube/finalizers.ts';
import { getIfThere } from '../../kube/ifthere.ts';
import type { KubeObject, ResourceType } from '../../kube/objects.ts';
import type { HistoryKind } from '../kind.ts';
import { recorderLease } from './lease.ts';
import { watchedKinds } from './watched.ts';

/** A recorder runs, and would put the finalizer on again. */
export class RecorderRunsError extends Error {
  readonly code = 'RECORDER_RUNS';

  constructor(holder: string, lease: string) {
    super(
      `the recorder ${holder} still runs (it holds the lease ${lease}): ` +
        'stop it first, and start the facades without a history',
    );
    this.name = 'RecorderRunsError';
  }
}

/**
 * Takes the history's finalizer away from all objects of these kinds, so that nothing waits any more for a recorder
 * that will not come back.
 * @param namespaces where the recorder kept its lease, and of which the objects were recorded (undefined: all)
 * @returns how many objects were held. @throws RecorderRunsError, and what the client throws
 */
export async function releaseAll(
  client: Client,
  kinds: readonly HistoryKind[],
  namespaces: { readonly lease: string; readonly watched: string | undefined },
  log: Logger,
  now: Date,
): Promise<number> {
  await refuseWhileRecording(client, namespaces.lease, now);
  let released = 0;
  for (const { type } of watchedKinds(kinds, namespaces.watched)) {
    const held = await heldObjects(client, type, namespaces.watched);
    for (const object of held) {
      await release(client, type, object);
      released += 1;
      if (released % 1000 === 0) log.info({ released, kind: type.kind, of: held.length }, 'releasing objects');
    }
  }
  return released;
}

/** Only their metadata: with all that they hold they might not fit into memory. */
async function heldObjects(
  client: Client,
  type: ResourceType,
  namespace: string | undefined,
): Promise<readonly KubeObject[]> {
  const scope = namespace === undefined ? {} : { namespace };
  const held: KubeObject[] = [];
  await listAll(client, type, { limit: 500, ...scope }, (items) => {
    for (const { metadata } of items)
      if (metadata.finalizers?.includes(historyFinalizer) === true) held.push({ metadata });
  });
  return held;
}

async function release(client: Client, type: ResourceType, object: KubeObject): Promise<void> {
  for (let current = object; ;) {
    try {
      await removeFinalizer(client, type, current, historyFinalizer);
      return;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
    const now = await getIfThere(client, type, object.metadata);
    if (now === undefined || now.metadata.uid !== object.metadata.uid) return;
    current = now;
  }
}

async function refuseWhileRecording(client: Client, namespace: string, now: Date): Promise<void> {
  const lease = await getIfThere(client, leases, { namespace, name: recorderLease });
  const { holderIdentity = '', renewTime, leaseDurationSeconds } = lease?.spec ?? {};
  const expired = now.getTime() - Date.parse(renewTime ?? '') > (leaseDurationSeconds ?? 0) * 1000;
  if (holderIdentity !== null && holderIdentity !== '' && renewTime !== undefined && renewTime !== null && !expired)
    throw new RecorderRunsError(holderIdentity, `${namespace}/${recorderLease}`);
}
