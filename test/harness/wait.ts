import type { Client } from '../../kube/client.ts';
import type { KubeObject, ResourceType } from '../../kube/objects.ts';

/** Where to look: a namespace, or one object in it. */
export interface Where {
  readonly namespace: string;
  readonly name?: string;
}

/** Milliseconds; as long as a busy machine takes. */
const patience = 100_000;

/**
 * Watches objects and resolves as soon as they are as wanted, now or later: the one way in which tests wait for what is
 * in the cluster. For all else there is `expect.poll`.
 * @param wanted what is waited for, or undefined while it is not there; it is given all objects of the place
 * @throws Error after 100 seconds, with what the objects are then
 */
export async function until<T extends KubeObject, R>(
  client: Client,
  type: ResourceType<T>,
  { namespace, name }: Where,
  wanted: (objects: readonly T[]) => R | undefined,
): Promise<R> {
  const deadline = AbortSignal.timeout(patience);
  const scope = { namespace, ...(name === undefined ? {} : { fieldSelector: `metadata.name=${name}` }) };
  let objects = new Map<string, T>();
  while (!deadline.aborted) {
    const { items, resourceVersion } = await client.list(type, scope);
    objects = new Map(items.map((item) => [item.metadata.name, item]));
    let found = wanted([...objects.values()]);
    if (found !== undefined) return found;
    const enough = new AbortController();
    const signal = AbortSignal.any([enough.signal, deadline]);
    // A watch may end at any time; the next list shows what it did not.
    await client
      .watch(type, { ...scope, resourceVersion, signal }, ({ type: change, object }) => {
        if (found !== undefined || change === 'BOOKMARK') return;
        if (change === 'DELETED') objects.delete(object.metadata.name);
        else objects.set(object.metadata.name, object);
        found = wanted([...objects.values()]);
        if (found !== undefined) enough.abort();
      })
      .catch(() => undefined);
    if (found !== undefined) return found;
  }
  const there = [...objects.values()].map((object) => JSON.stringify({ ...object, metadata: object.metadata.name }));
  throw new Error(`the ${type.plural} did not get there; they are: ${there.join('; ') || 'none'}`);
}
