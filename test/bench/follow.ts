import type { Client } from '../../kube/client.ts';
import type { KubeObject, ResourceType } from '../../kube/objects.ts';
import type { WatchEvent } from '../../kube/watch.ts';

interface Followed {
  readonly signal: AbortSignal;
  readonly namespace?: string;
  readonly labelSelector?: string;
}

/** Watches objects of a kind from now on, until the signal. */
export async function follow<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  followed: Followed,
  onEvent: (event: WatchEvent<T>) => void,
): Promise<void> {
  let { resourceVersion } = await client.list(type, { ...followed, limit: 1 });
  while (!followed.signal.aborted) {
    await client
      .watch(type, { ...followed, resourceVersion, timeoutSeconds: 3600 }, (event) => {
        resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
        if (event.type !== 'BOOKMARK') onEvent(event);
      })
      .catch((error: unknown) => {
        if (!followed.signal.aborted) throw error;
      });
  }
}
