import { canonicalHost } from '../../crds/hosts.ts';
import type { Lease } from '../../kube/builtin.ts';
import { keyOf, type KubeObject } from '../../kube/objects.ts';
import type { ReadStore } from '../../kube/store.ts';
import { claimName, parseClaim, type HostClaims, type HostClaim, type Ticket } from './hostclaims.ts';
import type { KnownKinds } from './known-kinds.ts';
import type { Machines } from './machines.ts';
import type { Waiter } from './turns.ts';

/** What all kinds of one process share, so that two operations never work on one machine. */
export interface ClaimsWorld {
  readonly hostClaims: HostClaims;
  /** The claims, indexed as claimIndexers say. */
  readonly leases: ReadStore<Lease>;
  readonly machines: Machines;
  /** Every kind whose objects claim machines, or make those that do, adds itself. */
  readonly kinds: KnownKinds;
}

/**
 * `holder`: by the UID of who holds the host. `machine`: by each name under which the claim keeps others off.
 * `unreadable`: by its name, a claim that somebody has mangled.
 */
export const claimIndexers = {
  holder: (lease: Lease) => {
    const claim = parseClaim(lease);
    return claim === undefined ? [] : [claim.holder.uid];
  },
  machine: (lease: Lease) => {
    const claim = parseClaim(lease);
    return claim === undefined ? [] : [...new Set([claim.machine, canonicalHost(claim.host)])];
  },
  unreadable: (lease: Lease) => (parseClaim(lease) === undefined ? [lease.metadata.name] : []),
};

/** Claims on the hosts of one operation. */
export interface Claims {
  /** Hosts that it holds, as it named them. */
  readonly held: readonly string[];
  /** Claims of others, one for each host that is claimed, in the order of the hosts. */
  readonly taken: readonly HostClaim[];
  /** Those whose holder has ended or is gone, as far as our caches tell. */
  readonly stale: readonly HostClaim[];
  /** Those whose holder is of a kind that this version does not know: nobody here can tell whether it has ended. */
  readonly unknown: readonly HostClaim[];
  /** Claims, by the key of their Lease, that do not say whose they are: nobody can tell that the host is free. */
  readonly unreadable: readonly { readonly host: string; readonly lease: string }[];
  /** By host: what lets the operation in where one of those who made it holds the machine. */
  readonly tickets: ReadonlyMap<string, Ticket>;
  /** By host: who else wants it and only waits for his turn. */
  readonly waiting: ReadonlyMap<string, readonly Waiter[]>;
}

type World = Pick<ClaimsWorld, 'leases' | 'machines' | 'kinds'>;

/** @returns the claims of one operation itself, whatever hosts it names now */
export function claimsOf({ metadata }: KubeObject, leases: ReadStore<Lease>): readonly HostClaim[] {
  return leases.byIndex('holder', metadata.uid ?? '').flatMap((lease) => parseClaim(lease) ?? []);
}

/** Looks at the claims on the hosts that an operation wants. @param hosts none for one that wants none any more */
export function observeClaims(
  object: KubeObject,
  hosts: readonly string[],
  { leases, machines, kinds }: World,
): Claims {
  const { uid = '' } = object.metadata;
  const ancestors = kinds.ancestorsOf(object);
  const taken: HostClaim[] = [];
  const stale: HostClaim[] = [];
  const unknown: HostClaim[] = [];
  const unreadable: Claims['unreadable'][number][] = [];
  const tickets = new Map<string, Ticket>();
  const waiting = new Map<string, readonly Waiter[]>();
  for (const host of hosts) {
    const { names } = machines.of(host);
    const claims = claimsOn(names, leases);
    const within = ancestors.find((ancestor) => claims.some(({ holder }) => holder.uid === ancestor));
    if (within !== undefined) tickets.set(host, { within, ancestors });
    const others = claims.filter(({ holder }) => holder.uid !== uid && !ancestors.includes(holder.uid));
    taken.push(...others.slice(0, 1));
    stale.push(...others.filter(({ holder }) => kinds.seemsEnded(holder)));
    const mangled = names.flatMap((name) => leases.byIndex('unreadable', claimName(name)));
    unreadable.push(...mangled.map((lease) => ({ host, lease: keyOf(lease) })));
    unknown.push(...others.filter(({ holder }) => kinds.find(holder.kind) === undefined));
    // Who is let in waits for those only who are let in as well: the others wait for the one who lets him in.
    const waiters = kinds.waitingFor(names, within).filter((waiter) => waiter.uid !== uid);
    if (waiters.length > 0) waiting.set(host, waiters);
  }
  const held = claimsOf(object, leases).map(({ host }) => host);
  return { held, taken, stale, unknown, unreadable, tickets, waiting };
}

/** Who holds a machine comes before those whom it lets in. */
function claimsOn(names: readonly string[], leases: ReadStore<Lease>): readonly HostClaim[] {
  const byLease = new Map<string, HostClaim>();
  for (const name of names) {
    for (const lease of leases.byIndex('machine', name)) {
      const claim = parseClaim(lease);
      if (claim !== undefined) byLease.set(claim.lease, claim);
    }
  }
  const claims = [...byLease.values()];
  return claims.length < 2
    ? claims
    : claims.toSorted((a, b) => Number(a.within !== undefined) - Number(b.within !== undefined));
}
