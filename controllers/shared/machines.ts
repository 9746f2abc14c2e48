import { BlockList, isIP } from 'node:net';

import { canonicalHost } from '../../crds/hosts.ts';
import type { Node } from '../../kube/builtin.ts';

/** A machine as far as anybody here knows it. */
export interface Machine {
  /** The name by which it is claimed: its Node's, else the one that was asked for. */
  readonly name: string;
  /** Every name that may be this machine's, that one first: a claim under any of them keeps others off it. */
  readonly names: readonly string[];
}

/** Addresses that mean another machine on each machine, or on each network, where they are said. */
const ownAddresses = new BlockList();
ownAddresses.addSubnet('0.0.0.0', 8);
ownAddresses.addSubnet('127.0.0.0', 8);
ownAddresses.addSubnet('169.254.0.0', 16);
ownAddresses.addSubnet('::', 127, 'ipv6');
ownAddresses.addSubnet('fe80::', 10, 'ipv6');

function isOwnName(name: string): boolean {
  const version = isIP(name);
  return version === 0 ? /^localhost(\..*)?$/.test(name) : ownAddresses.check(name, version === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Which names are one machine's, as the Nodes of the cluster tell: a Node's name and its addresses. Nothing is asked of
 * a name server; a name that no Node shows stands for itself.
 *
 * A Node's own name is that Node's, whatever others show. Any other name that several Nodes show (an address that
 * several share towards the outside) is nobody's: it stays a machine of its own, which is kept apart from each of them,
 * while they are not kept apart from each other.
 */
export class Machines {
  /** By the Node's own name. */
  readonly #nodes = new Map<string, readonly string[]>();
  /** Names of the Nodes that show an address, by the address. */
  readonly #shownBy = new Map<string, Set<string>>();

  /** @param host in any spelling */
  of(host: string): Machine {
    const name = canonicalHost(host);
    if (this.#nodes.has(name)) return this.#node(name);
    const [node, ...others] = this.#shownBy.get(name) ?? [];
    if (node === undefined) return { name, names: [name] };
    if (others.length === 0) return this.#node(node);
    return { name, names: unique([name, ...[node, ...others].flatMap((each) => this.#node(each).names)]) };
  }

  /** Call for each Node that is new or has changed. */
  set({ metadata, status }: Node): void {
    this.delete(metadata.name);
    const own = canonicalHost(metadata.name);
    const shown = (status?.addresses ?? []).map(({ address }) => canonicalHost(address));
    const names = unique(shown).filter((name) => name !== own && name !== '' && !isOwnName(name));
    this.#nodes.set(own, names);
    for (const name of names) {
      const nodes = this.#shownBy.get(name);
      if (nodes === undefined) this.#shownBy.set(name, new Set([own]));
      else nodes.add(own);
    }
  }

  /** Call for each Node that is gone. */
  delete(nodeName: string): void {
    const own = canonicalHost(nodeName);
    for (const name of this.#nodes.get(own) ?? []) {
      const nodes = this.#shownBy.get(name);
      nodes?.delete(own);
      if (nodes?.size === 0) this.#shownBy.delete(name);
    }
    this.#nodes.delete(own);
  }

  #node(own: string): Machine {
    const shown = this.#nodes.get(own) ?? [];
    return { name: own, names: [own, ...shown.filter((name) => !this.#nodes.has(name))] };
  }
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
