import type { Client } from '../../kube/client.ts';
import type { KubeObject, ResourceType } from '../../kube/objects.ts';
import { inChunks } from './chunks.ts';
import type { ClaimIntent } from './claim-intents.ts';
import { claimsOf, type ClaimsWorld } from './claims.ts';
import { HostTakenError, type HostClaim, type Holder, type HostClaims } from './hostclaims.ts';

/** What acting on claims needs. */
export interface ClaimHands extends Pick<ClaimsWorld, 'hostClaims' | 'leases' | 'kinds'> {
  readonly client: Client;
}

/**
 * Carries out what an operation intends about machines; each may be repeated.
 * @throws HostTakenError, and what the client throws
 */
export async function actOnClaims<T extends KubeObject>(
  object: T,
  type: ResourceType<T>,
  intent: ClaimIntent,
  { client, hostClaims, leases, kinds }: ClaimHands,
): Promise<void> {
  const holder = holderOf(object, type);
  switch (intent.do) {
    case 'claimHosts':
      await claimAll(hostClaims, intent, holder, claimsOf(object, leases));
      return;
    case 'releaseHosts': {
      const shown = claimsOf(object, leases);
      await inChunks(intent.hosts, (host) => hostClaims.release(host, holder, { shown }));
      return;
    }
    case 'freeStaleClaim':
      if (await kinds.hasEnded(client, intent.claim.holder)) await hostClaims.free(intent.claim);
      return;
  }
}

/** All or none: who held some hosts while waiting for others could wait for one that does the same. */
async function claimAll(
  claims: HostClaims,
  { hosts, tickets }: Pick<ClaimIntent & { readonly do: 'claimHosts' }, 'hosts' | 'tickets'>,
  holder: Holder,
  shown: readonly HostClaim[],
): Promise<void> {
  try {
    await inChunks(hosts, (host) => claims.claim(host, holder, tickets.get(host), shown));
  } catch (error) {
    if (error instanceof HostTakenError)
      await inChunks(hosts, (host) => claims.release(host, holder, { ticket: tickets.get(host) }));
    throw error;
  }
}

function holderOf({ metadata: { namespace, name, uid = '' } }: KubeObject, { kind }: ResourceType): Holder {
  return { kind, name, uid, ...(namespace === undefined ? {} : { namespace }) };
}
