import { createHash } from 'node:crypto';

import { canonicalHost } from '../../crds/hosts.ts';
import { leases, type Lease } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import { AlreadyExistsError, ConflictError, NotFoundError } from '../../kube/errors.ts';
import { deleteIfThere, getIfThere } from '../../kube/ifthere.ts';
import { microTime } from '../../kube/lease.ts';
import { joinKey } from '../../kube/objects.ts';
import type { Machines } from './machines.ts';

/** Selects the Leases that are claims. */
export const claimLabel = 'fleetwright.io/claim';
const claimLabels = { [claimLabel]: 'host' };
const hostAnnotation = 'fleetwright.io/host';
const machineAnnotation = 'fleetwright.io/machine';
const holderAnnotation = 'fleetwright.io/holder';
const withinAnnotation = 'fleetwright.io/within';

/**
 * Who has a host for itself. A claim lasts as long as its holder does: it has no expiry that a long operation could
 * outlive.
 */
export interface Holder {
  readonly kind: string;
  /** Absent for a cluster-scoped object. */
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
}

export interface HostClaim {
  /** As its holder names it. */
  readonly host: string;
  /** The machine that it was when it was claimed. */
  readonly machine: string;
  readonly holder: Holder;
  /** UID of the one who holds the machine and lets in this holder, whom it made. */
  readonly within?: string;
  /** Name of the Lease. */
  readonly lease: string;
  /** UID of the Lease. */
  readonly leaseUid?: string;
}

/**
 * What lets a holder in on a machine that one of those who made it holds: the own children of a holder work under its
 * claim, one at a time.
 */
export interface Ticket {
  /** UID of the nearest one who holds the machine. */
  readonly within: string;
  /** UIDs of all who made the holder, the one above among them. */
  readonly ancestors: readonly string[];
}

/** Another operation got the host first. Nothing was done; trying again later is the answer. */
export class HostTakenError extends Error {
  readonly code = 'HOST_TAKEN';

  constructor(host: string) {
    super(`host ${host} was claimed by another operation a moment ago`);
    this.name = 'HostTakenError';
  }
}

/**
 * The Lease's name: readable, and unique by a digest of the machine's name, which may hold what object names may not.
 * @param within for a claim of one of its children: the UID of who holds the machine
 */
export function claimName(machine: string, within?: string): string {
  const canonical = canonicalHost(machine);
  const digest = createHash('sha256')
    .update(within === undefined ? canonical : `${canonical}\n${within}`)
    .digest('hex')
    .slice(0, 12);
  const readable = canonical
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 200);
  return `host-${readable}-${digest}`;
}

/**
 * @returns undefined for a Lease that is no claim, or that somebody has mangled: then nobody can say that the host is
 * free.
 */
export function parseClaim({ metadata, spec }: Lease): HostClaim | undefined {
  const host = metadata.annotations?.[hostAnnotation];
  const [kind, ...key] = (metadata.annotations?.[holderAnnotation] ?? '').split('/');
  const [name, namespace] = key.toReversed();
  const uid = spec.holderIdentity;
  if (host === undefined || kind === undefined || name === undefined || key.length > 2 || typeof uid !== 'string')
    return undefined;
  const within = metadata.annotations?.[withinAnnotation];
  return {
    host,
    machine: metadata.annotations?.[machineAnnotation] ?? canonicalHost(host),
    holder: { kind, name, uid, ...(namespace === undefined ? {} : { namespace }) },
    lease: metadata.name,
    ...(metadata.uid === undefined ? {} : { leaseUid: metadata.uid }),
    ...(within === undefined ? {} : { within }),
  };
}

/** `AgentTask default/web-1` or `ClusterStage n1`: how a holder is named to people. */
export function holderText({ kind, ...key }: Pick<Holder, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${joinKey(key)}`;
}

/**
 * Claims and releases hosts: one Lease each, in one namespace for all kinds and namespaces, so that two operations
 * never work on one machine.
 */
export class HostClaims {
  readonly #client: Client;
  readonly #namespace: string;
  readonly #machines: Machines;

  constructor(client: Client, namespace: string, machines: Machines) {
    this.#client = client;
    this.#namespace = namespace;
    this.#machines = machines;
  }

  /**
   * Claims one host; claiming what one holds already is success.
   * @param ticket for a machine that one of those holds who made this holder
   * @param shown claims of this holder that a cache shows, which may lag: they are asked for first
   * @throws HostTakenError
   */
  async claim(host: string, holder: Holder, ticket?: Ticket, shown: readonly HostClaim[] = []): Promise<void> {
    const within = ticket?.within;
    const machine = this.#machines.of(host).name;
    const { kind, uid, ...key } = holder;
    const lease = claimName(machine, within);
    const known = shown.some((claim) => claim.lease === lease) ? await this.#get(lease) : undefined;
    if (known?.spec.holderIdentity === uid) return;
    const metadata = {
      name: lease,
      namespace: this.#namespace,
      labels: claimLabels,
      annotations: {
        [hostAnnotation]: host,
        [machineAnnotation]: machine,
        [holderAnnotation]: `${kind}/${joinKey(key)}`,
        ...(within === undefined ? {} : { [withinAnnotation]: within }),
      },
    };
    try {
      await this.#client.create(leases, {
        metadata,
        spec: { holderIdentity: uid, acquireTime: microTime(new Date()) },
      });
    } catch (error) {
      if (!(error instanceof AlreadyExistsError)) throw error;
      const there = await this.#get(metadata.name);
      if (there !== undefined) await this.#showAgain(there);
      if (there?.spec.holderIdentity !== uid) throw new HostTakenError(host);
    }
    if (await this.#isOurs(host, metadata.name, uid, ticket)) return;
    await this.#remove(metadata.name, uid);
    throw new HostTakenError(host);
  }

  /** Without its label no cache shows a claim, and nobody could say for whom the machine is waited. */
  async #showAgain(lease: Lease): Promise<void> {
    const { labels, ...metadata } = lease.metadata;
    if (labels?.[claimLabel] !== undefined) return;
    try {
      await this.#client.replace(leases, {
        ...lease,
        metadata: { ...metadata, labels: { ...labels, ...claimLabels } },
      });
    } catch (error) {
      if (!(error instanceof NotFoundError) && !(error instanceof ConflictError)) throw error;
    }
  }

  /**
   * What a machine is called may have changed a moment ago, so that somebody claimed it by another name. Each looks
   * after claiming: of two who do so at once, at least one sees the other. And who lets us in may have gone.
   */
  async #isOurs(host: string, own: string, uid: string, ticket: Ticket | undefined): Promise<boolean> {
    const names = this.#machines.of(host).names.map((name) => claimName(name));
    const found = await Promise.all(names.filter((name) => name !== own).map((name) => this.#get(name)));
    const holders = found.flatMap((lease) => (lease === undefined ? [] : [lease.spec.holderIdentity ?? '']));
    const others = holders.filter((holder) => holder !== uid);
    if (ticket === undefined) return others.length === 0;
    return others.length > 0 && others.every((holder) => ticket.ancestors.includes(holder));
  }

  /**
   * Releases the host if this holder has it; otherwise does nothing.
   * @param ticket by which it may have been claimed
   * @param shown claims of this holder that a cache shows: the machine may have had another name when it was claimed
   */
  async release(
    host: string,
    { uid }: Pick<Holder, 'uid'>,
    { ticket, shown = [] }: { readonly ticket?: Ticket | undefined; readonly shown?: readonly HostClaim[] } = {},
  ): Promise<void> {
    const known = shown.filter((claim) => claim.host === host);
    const computed = claimName(this.#machines.of(host).name, ticket?.within);
    if (!known.some(({ lease }) => lease === computed)) await this.#remove(computed, uid);
    for (const claim of known) await this.#removeShown(claim, uid);
  }

  /** @returns the claims of this holder as the API server itself knows them: a cache may lag */
  async heldBy({ uid }: Pick<Holder, 'uid'>): Promise<readonly HostClaim[]> {
    const options = { namespace: this.#namespace, labelSelector: claimLabel };
    const { items } = await this.#client.list(leases, options);
    return items.flatMap((lease) => parseClaim(lease) ?? []).filter(({ holder }) => holder.uid === uid);
  }

  /** Takes away the claim of a holder that has ended. */
  async free({ lease, holder }: HostClaim): Promise<void> {
    await this.#remove(lease, holder.uid);
  }

  /** A Lease has the same holder as long as it lives. */
  async #removeShown({ lease: name, leaseUid: uid }: HostClaim, holder: string): Promise<void> {
    if (uid === undefined) {
      await this.#remove(name, holder);
      return;
    }
    try {
      await deleteIfThere(this.#client, leases, { metadata: { namespace: this.#namespace, name, uid } });
    } catch (error) {
      // A later one, which may be ours, too.
      if (!(error instanceof ConflictError)) throw error;
      await this.#remove(name, holder);
    }
  }

  async #remove(name: string, holder: string): Promise<void> {
    const lease = await this.#get(name);
    if (lease === undefined || lease.spec.holderIdentity !== holder) return;
    const { resourceVersion } = lease.metadata;
    await deleteIfThere(this.#client, leases, lease, resourceVersion === undefined ? {} : { resourceVersion });
  }

  async #get(name: string): Promise<Lease | undefined> {
    return getIfThere(this.#client, leases, { namespace: this.#namespace, name });
  }
}
