import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Machines } from '../../../../controllers/shared/machines.ts';
import type { Node } from '../../../../kube/builtin.ts';

function node(name: string, ...addresses: readonly string[]): Node {
  return { metadata: { name }, status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) } };
}

function machines(...nodes: readonly Node[]): Machines {
  const table = new Machines();
  for (const each of nodes) table.set(each);
  return table;
}

describe('the names of machines', () => {
  test('a Node is one machine by its name and by each of its addresses, in any spelling', () => {
    const table = machines(node('n1', '10.0.0.1', 'N1.example.com', '2001:db8::1'));
    const n1 = { name: 'n1', names: ['n1', '10.0.0.1', 'n1.example.com', '2001:db8::1'] };
    for (const host of ['n1', 'N1.', '10.0.0.1', 'n1.EXAMPLE.com.', '2001:DB8:0::1'])
      expect(table.of(host)).toEqual(n1);
  });

  test('what no Node shows stands for itself', () => {
    expect(machines(node('n1', '10.0.0.1')).of('Web-1.')).toEqual({ name: 'web-1', names: ['web-1'] });
  });

  test('an address that moves goes with its Node, and one of a Node that is gone stands for itself', () => {
    const table = machines(node('n1', '10.0.0.1'), node('n2', '10.0.0.2'));
    table.set(node('n1', '10.0.0.3'));
    expect(table.of('10.0.0.1')).toEqual({ name: '10.0.0.1', names: ['10.0.0.1'] });
    table.set(node('n2', '10.0.0.1'));
    expect(table.of('10.0.0.1').name).toBe('n2');
    table.delete('n2');
    expect(table.of('10.0.0.1').name).toBe('10.0.0.1');
  });

  test('an address that two Nodes show is a machine of its own, and does not make one machine of the two', () => {
    const table = machines(node('n1', '10.0.0.1', '192.0.2.1'), node('n2', '10.0.0.2', '192.0.2.1'));
    expect(table.of('192.0.2.1')).toEqual({
      name: '192.0.2.1',
      names: ['192.0.2.1', 'n1', '10.0.0.1', 'n2', '10.0.0.2'],
    });
    expect(table.of('n1')).toEqual({ name: 'n1', names: ['n1', '10.0.0.1', '192.0.2.1'] });
    expect(table.of('10.0.0.2').names).not.toContain('n1');
  });

  test('the name of a Node is its own, also when another one shows it', () => {
    const table = machines(node('n1', '10.0.0.1'), node('n2', 'n1', '10.0.0.2'));
    expect(table.of('n1')).toEqual({ name: 'n1', names: ['n1', '10.0.0.1'] });
    expect(table.of('n2')).toEqual({ name: 'n2', names: ['n2', '10.0.0.2'] });
  });

  test.each(['localhost', 'localhost.localdomain', '127.0.0.1', '::1', '169.254.1.1', 'fe80::1', '0.0.0.0'])(
    '%s, which every machine calls itself, is no name of a Node',
    (address) => {
      const table = machines(node('n1', address, '10.0.0.1'));
      expect(table.of(address)).toEqual({ name: address, names: [address] });
      expect(table.of('n1').names).toEqual(['n1', '10.0.0.1']);
    },
  );

  test('being kept apart is mutual, whatever the Nodes show', () => {
    const name = fc.constantFrom('a', 'b', 'c', '10.0.0.1', '10.0.0.2', '10.0.0.3');
    const shown = fc.record({ name: fc.constantFrom('a', 'b', 'c'), addresses: fc.array(name, { maxLength: 4 }) });
    fc.assert(
      fc.property(fc.array(shown, { maxLength: 6 }), name, name, (nodes, one, other) => {
        const table = machines(...nodes.map(({ name: own, addresses }) => node(own, ...addresses)));
        const [first, second] = [table.of(one), table.of(other)];
        expect(first.names.includes(second.name)).toBe(second.names.includes(first.name));
        expect(first.names[0]).toBe(first.name);
      }),
    );
  });
});
