import type { Node } from '../../kube/builtin.ts';
import type { ReadStore } from '../../kube/store.ts';
import { StageError } from './errors.ts';

/**
 * Which node a call of the scope `node` means: the one that it names, else the one by whose name or address it was
 * called (the header Host), else the one that this process is on.
 * @throws StageError when there is no such node, or none is meant
 */
export function nodeOf(
  asked: string | undefined,
  host: string | undefined,
  own: string | undefined,
  nodes: ReadStore<Node>,
): string {
  if (asked !== undefined) {
    const found = find(asked, nodes);
    if (found === undefined) throw new StageError('WRONG', `Node: there is no node ${asked}`);
    return found;
  }
  const called = host === undefined ? undefined : find(withoutPort(host), nodes);
  const meant = called ?? (own === undefined ? undefined : find(own, nodes));
  if (meant === undefined)
    throw new StageError('MISSING', 'Required entity is missing: Node (the name of the node that is meant)');
  return meant;
}

function find(name: string, nodes: ReadStore<Node>): string | undefined {
  if (nodes.get(name) !== undefined) return name;
  const showing = [...nodes.list()].filter(({ status }) => status?.addresses?.some(({ address }) => address === name));
  // An address that several nodes show is none's.
  return showing.length === 1 ? showing[0]?.metadata.name : undefined;
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}
