import type { Logger } from 'pino';

import { historyFinalizer } from '../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import { leases } from '../../kube/builtin.ts';
import { listAll, type Client } from '../../kube/client.ts';
import { ConflictError, NotFoundError } from '../../kube/errors.ts';
import { removeFinalizer } from '../../kube/finalizers.ts';
import { recorderLease } from './lease.ts';

/** A recorder runs, and would put the finalizer on again. */
export class RecorderRunsError extends Error {
  readonly code = 'RECORDER_RUNS';

  constructor(holder: string, lease: string) {
    super(
      `the recorder ${holder} still runs (it holds the lease ${lease}): stop it first, and start the facades without a history`,
    );
    this.name = 'RecorderRunsError';
  }
}

/**
 * Takes the history's finalizer away from all tasks, so that nothing waits any more for a recorder that will not come back.
 * @param namespaces where the recorder kept its lease, and of which tasks (undefined: all)
 * @returns how many tasks were held. @throws RecorderRunsError, and what the client throws
 */
export async function releaseAll(
  client: Client,
  namespaces: { readonly lease: string; readonly tasks: string | undefined },
  log: Logger,
  now: Date,
): Promise<number> {
  await refuseWhileRecording(client, namespaces.lease, now);
  let released = 0;
  const scope = namespaces.tasks === undefined ? {} : { namespace: namespaces.tasks };
  const held: AgentTask[] = [];
  await listAll(client, agentTasks, { limit: 500, ...scope }, (items) => {
    for (const task of items)
      if (task.metadata.finalizers?.includes(historyFinalizer) === true) held.push({ ...task, spec: {} });
  });
  for (const task of held) {
    await release(client, task);
    released += 1;
    if (released % 1000 === 0) log.info({ released, of: held.length }, 'releasing tasks');
  }
  return released;
}

async function release(client: Client, task: AgentTask): Promise<void> {
  for (let current = task; ;) {
    try {
      await removeFinalizer(client, agentTasks, current, historyFinalizer);
      return;
    } catch (error) {
      if (error instanceof NotFoundError) return;
      if (!(error instanceof ConflictError)) throw error;
    }
    const now = await client.get(agentTasks, task.metadata).catch((error: unknown) => {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    });
    if (now === undefined || now.metadata.uid !== task.metadata.uid) return;
    current = now;
  }
}

async function refuseWhileRecording(client: Client, namespace: string, now: Date): Promise<void> {
  const lease = await client.get(leases, { namespace, name: recorderLease }).catch((error: unknown) => {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  });
  const { holderIdentity = '', renewTime, leaseDurationSeconds } = lease?.spec ?? {};
  const expired = now.getTime() - Date.parse(renewTime ?? '') > (leaseDurationSeconds ?? 0) * 1000;
  if (holderIdentity !== null && holderIdentity !== '' && renewTime !== undefined && renewTime !== null && !expired)
    throw new RecorderRunsError(holderIdentity, `${namespace}/${recorderLease}`);
}
