import { agentTasks } from '../../crds/types/agenttask.ts';
import { namespaces } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import { NotFoundError } from '../../kube/errors.ts';
import type { KubeObject, ResourceType } from '../../kube/objects.ts';
import { jobs, pods } from '../../kube/workloads.ts';

/**
 * Deletes a namespace of a test and takes away what would hold it: whoever would have is gone with the test. Kubernetes
 * goes on trying to empty a namespace that is held, and a few hundred of them keep the API server busy.
 */
export async function removeNamespace(client: Client, name: string): Promise<void> {
  // First, so that nothing new is made in it.
  await client.delete(namespaces, { name }).catch(unlessGone);
  await letGo(client, agentTasks, name);
  await letGo(client, jobs, name);
  await letGo(client, pods, name);
}

async function letGo<T extends KubeObject>(client: Client, type: ResourceType<T>, namespace: string): Promise<void> {
  const { items } = await client.list(type, { namespace });
  for (const { metadata } of items) {
    if (metadata.finalizers !== undefined)
      await client.mergePatch(type, metadata, { metadata: { finalizers: null } }).catch(unlessGone);
  }
}

function unlessGone(error: unknown): void {
  if (!(error instanceof NotFoundError)) throw error;
}
