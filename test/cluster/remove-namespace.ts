import { agentTasks } from '../../crds/types/agenttask.ts';
import { rollingUpgrades } from '../../crds/types/rollingupgrade.ts';
import { volumeRecoveries } from '../../crds/types/volumerecovery.ts';
import { namespaces } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import { NotFoundError } from '../../kube/errors.ts';
import type { ResourceType } from '../../kube/objects.ts';
import { jobs, pods } from '../../kube/workloads.ts';

/** What may have a finalizer in a namespace. */
export const mayBeHeld: readonly ResourceType[] = [agentTasks, rollingUpgrades, volumeRecoveries, jobs, pods];

/**
 * Deletes a namespace of a test and takes away what would hold it: whoever would have is gone with the test. Kubernetes
 * goes on trying to empty a namespace that is held, and a few hundred of them keep the API server busy.
 */
export async function removeNamespace(client: Client, name: string): Promise<void> {
  // First, so that nothing new is made in it.
  await client.delete(namespaces, { name }).catch(unlessGone);
  for (const type of mayBeHeld) await letGo(client, type, name);
}

async function letGo(client: Client, type: ResourceType, namespace: string): Promise<void> {
  const { items } = await client.list(type, { namespace });
  for (const { metadata } of items) {
    if (metadata.finalizers !== undefined)
      await client.mergePatch(type, metadata, { metadata: { finalizers: null } }).catch(unlessGone);
  }
}

function unlessGone(error: unknown): void {
  if (!(error instanceof NotFoundError)) throw error;
}
