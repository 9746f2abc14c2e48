import type { ClusterStage } from '../../crds/types/clusterstage.ts';
import { nodes as nodeType, type Node } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import type { ClaimsWorld } from '../shared/claims.ts';
import { markOf } from './marks.ts';

/** What a ClusterStage has of nodes and machines, as the API server itself knows it. */
export interface LastLook {
  /** By name, those that it has out of service. */
  readonly out: ReadonlyMap<string, Node>;
  /** Hosts that it has claimed. */
  readonly held: readonly string[];
}

const nothing: LastLook = { out: new Map(), held: [] };

/**
 * Once its finalizer is off nobody looks after its nodes any more, and what was done a moment ago no cache may show: so
 * the API server is asked before that.
 * @returns nothing for one that is not deleted
 */
export async function lastLook(
  { metadata: { uid = '', deletionTimestamp } }: ClusterStage,
  { client, hostClaims }: Pick<ClaimsWorld, 'hostClaims'> & { readonly client: Client },
): Promise<LastLook> {
  if (deletionTimestamp === undefined) return nothing;
  const { items } = await client.list(nodeType, { fieldSelector: 'spec.unschedulable=true' });
  const ours = items.filter((node) => {
    const mark = markOf(node);
    return mark !== undefined && mark !== 'unreadable' && mark.holder === uid;
  });
  const claims = await hostClaims.heldBy({ uid });
  return { out: new Map(ours.map((node) => [node.metadata.name, node])), held: claims.map(({ host }) => host) };
}
