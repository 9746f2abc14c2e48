import { createHash } from 'node:crypto';

import { leases, type Lease } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import { AlreadyExistsError, NotFoundError } from '../../kube/errors.ts';
import { microTime } from '../../kube/lease.ts';

/** Selects the Leases that are claims. */
export const claimLabel = 'fleetwright.io/claim';
const hostAnnotation = 'fleetwright.io/host';
const holderAnnotation = 'fleetwright.io/holder';

/** Who has a host for itself. A claim lasts as long as its holder does: it has no expiry that a long operation could outlive. */
export interface Holder {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface HostClaim {
  readonly host: string;
  readonly holder: Holder;
}

/** Another operation got the host first. Nothing was done; trying again later is the answer. */
export class HostTakenError extends Error {
  readonly code = 'HOST_TAKEN';

  constructor(host: string) {
    super(`host ${host} was claimed by another operation a moment ago`);
    this.name = 'HostTakenError';
  }
}

/** Two spellings of one name are one host. */
export function canonicalHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

/** The Lease's name: readable, and unique by a digest of the host's name, which may hold what object names may not. */
export function claimName(host: string): string {
  const canonical = canonicalHost(host);
  const digest = createHash('sha256').update(canonical).digest('hex').slice(0, 12);
  const readable = canonical
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 200);
  return `host-${readable}-${digest}`;
}

/** @returns undefined for a Lease that is no claim, or that somebody has mangled: then nobody can say that the host is free. */
export function parseClaim(lease: Lease): HostClaim | undefined {
  const host = lease.metadata.annotations?.[hostAnnotation];
  const [kind, namespace, name] = (lease.metadata.annotations?.[holderAnnotation] ?? '').split('/');
  const uid = lease.spec.holderIdentity;
  if (
    host === undefined ||
    kind === undefined ||
    namespace === undefined ||
    name === undefined ||
    typeof uid !== 'string'
  )
    return undefined;
  return { host, holder: { kind, namespace, name, uid } };
}

/** `AgentTask default/web-1`: how a holder is named to people. */
export function holderText({ kind, namespace, name }: Holder): string {
  return `${kind} ${namespace}/${name}`;
}

/** Claims and releases hosts: one Lease each, in one namespace for all kinds and namespaces, so that two operations never work on one machine. */
export class HostClaims {
  readonly #client: Client;
  readonly #namespace: string;

  constructor(client: Client, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
  }

  /** Claims one host; claiming what one holds already is success. @throws HostTakenError */
  async claim(host: string, holder: Holder): Promise<void> {
    const now = microTime(new Date());
    const { kind, namespace, name, uid } = holder;
    const annotations = { [hostAnnotation]: host, [holderAnnotation]: `${kind}/${namespace}/${name}` };
    const metadata = {
      name: claimName(host),
      namespace: this.#namespace,
      labels: { [claimLabel]: 'host' },
      annotations,
    };
    try {
      await this.#client.create(leases, { metadata, spec: { holderIdentity: uid, acquireTime: now } });
    } catch (error) {
      if (!(error instanceof AlreadyExistsError)) throw error;
      if ((await this.#get(host))?.spec.holderIdentity !== uid) throw new HostTakenError(host);
    }
  }

  /** Releases the host if this holder has it; otherwise does nothing. */
  async release(host: string, holder: Pick<Holder, 'uid'>): Promise<void> {
    const lease = await this.#get(host);
    if (lease === undefined || lease.spec.holderIdentity !== holder.uid) return;
    const { uid, resourceVersion } = lease.metadata;
    const preconditions = {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    await this.#client.delete(leases, lease.metadata, preconditions).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
    });
  }

  async #get(host: string): Promise<Lease | undefined> {
    try {
      return await this.#client.get(leases, { namespace: this.#namespace, name: claimName(host) });
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }
}
