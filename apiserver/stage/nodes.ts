import type { Node } from '../../kube/builtin.ts';
import type { ReadStore } from '../../kube/store.ts';
import { missing, noSuchNode } from './errors.ts';

/**
 * Which node a call of the scope `node` means: the one that it names (Node, or Data.node), else the one by whose name
 * or address it was called (the header Host), else the one that this process is on.
 * @throws StageError when there is no such node, or none is meant
 */
export function nodeOf(
  asked: string | undefined,
  host: string | undefined,
  own: string | undefined,
  nodes: ReadStore<Node>,
): string {
  if (asked !== undefined) {
    const [found, ...others] = find(asked, nodes);
    if (found === undefined) throw noSuchNode(`there is no node ${asked}`);
    if (others.length === 0) return found;
    throw noSuchNode(`${found} and ${others.join(' and ')} show the address ${asked}; send a name`);
  }
  const meant = one(host === undefined ? [] : find(withoutPort(host), nodes)) ?? one(find(own ?? '', nodes));
  if (meant === undefined) throw missing('Node', ' (the name of the node that is meant)');
  return meant;
}

/** @returns the names of the nodes of this name, or that show it as an address */
function find(name: string, nodes: ReadStore<Node>): readonly string[] {
  if (nodes.get(name) !== undefined) return [name];
  const showing = [...nodes.list()].filter(({ status }) => status?.addresses?.some(({ address }) => address === name));
  return showing.map(({ metadata }) => metadata.name).toSorted();
}

/** An address that several nodes show is none's. */
function one(names: readonly string[]): string | undefined {
  return names.length === 1 ? names[0] : undefined;
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}
