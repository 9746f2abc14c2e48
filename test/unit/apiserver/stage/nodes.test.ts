import { expect, test } from 'vitest';

import { nodeOf } from '../../../../apiserver/stage/nodes.ts';
import type { Node } from '../../../../kube/builtin.ts';
import { Store } from '../../../../kube/store.ts';

function node(name: string, ...addresses: readonly string[]): Node {
  return { metadata: { name }, status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) } };
}

const nodes = new Store<Node>();
for (const each of [node('a', '192.0.2.1', 'shared'), node('b', '2001:db8::2', 'shared')]) nodes.set(each);

test.each<[meant: string, asked: string | undefined, host: string | undefined, own: string | undefined, name: string]>([
  ['the name', 'b', 'a', 'a', 'b'],
  ['an address', '192.0.2.1', undefined, undefined, 'a'],
  ['the host that was called', undefined, 'a:8080', 'b', 'a'],
  ['an IPv6 address that was called', undefined, '[2001:db8::2]:8080', 'a', 'b'],
  ['the own node where the host is none', undefined, 'fleetwright.example.com', 'b', 'b'],
])('a node is meant by %s', (_, asked, host, own, name) => {
  expect(nodeOf(asked, host, own, nodes)).toBe(name);
});

test('nobody guesses: an unknown name, an address of two nodes and no name at all are refused', () => {
  expect(() => nodeOf('c', 'a', 'a', nodes)).toThrow('Node: there is no node c');
  expect(() => nodeOf('shared', 'a', 'a', nodes)).toThrow('Node: a and b show the address shared; send a name');
  expect(() => nodeOf(undefined, 'fleetwright.example.com', undefined, nodes)).toThrow(
    'Required entity is missing: Node',
  );
});
