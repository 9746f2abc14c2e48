import { leases } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import type { Manager } from '../../kube/manager.ts';
import { joinKey } from '../../kube/objects.ts';
import { claimIndexers, type ClaimsWorld } from './claims.ts';
import { claimLabel, HostClaims, parseClaim } from './hostclaims.ts';
import { KnownKinds } from './known-kinds.ts';
import { Machines } from './machines.ts';
import { nodeCache } from './nodes.ts';
import { eldestOf } from './turns.ts';

export interface ClaimsOptions {
  /** The client for all that is done about claims; the manager's, unless a test breaks it on purpose. */
  readonly client?: Client;
  /** Where the Leases are: one namespace for all kinds and all namespaces. */
  readonly namespace: string;
}

/**
 * Adds to a manager what the claims of all its kinds need: the cache of them, and that of the Nodes, which tell what
 * names a machine has.
 */
export function openClaims(manager: Manager, { client = manager.client, namespace }: ClaimsOptions): ClaimsWorld {
  const machines = new Machines();
  const kinds = new KnownKinds();
  nodeCache(manager).onChange(({ type, object }) => {
    if (type === 'deleted') machines.delete(object.metadata.name);
    else machines.set(object);
  });
  const claims = manager.cache(leases, { namespace, labelSelector: claimLabel, indexers: claimIndexers });
  claims.onChange(({ type, object }) => {
    const claim = parseClaim(object);
    if (claim === undefined) return;
    if (type !== 'deleted') {
      // The end of the holder may have been told before its claim was, which it then could not release.
      if (kinds.seemsEnded(claim.holder)) kinds.wake({ kind: claim.holder.kind, key: joinKey(claim.holder) });
      return;
    }
    const within = claim.within === undefined ? [] : [claim.within];
    for (const host of new Set([claim.host, claim.machine])) wakeNext(host, within, { machines, kinds });
  });
  return { hostClaims: new HostClaims(client, namespace, machines), leases: claims.store, machines, kinds };
}

/**
 * Of all who wait for a host, only the eldest may have it: waking the others would only make them wait again.
 * @param within UIDs of those under whose claims somebody may be let in: of each, the eldest child as well
 */
export function wakeNext(
  host: string,
  within: readonly string[],
  { machines, kinds }: Pick<ClaimsWorld, 'machines' | 'kinds'>,
): void {
  const { names } = machines.of(host);
  for (const waiters of [kinds.waitingFor(names), ...within.map((uid) => kinds.waitingFor(names, uid))]) {
    const eldest = eldestOf(waiters);
    if (eldest !== undefined) kinds.wake(eldest);
  }
}
