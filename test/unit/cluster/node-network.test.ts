import { expect, test } from 'vitest';
import { guestAddress, nodeAddress, podNetwork } from '../../cluster/nodes/network.ts';
import type { NodeNetwork } from '../../cluster/nodes/network.ts';

const network: NodeNetwork = {
  device: 'fwnodes160',
  host: '10.160.0.1',
  switchAddress: '10.160.0.2',
  prefixLength: 24,
  pods: '10.160.128.0/17',
};

test('Nodes, guests and pods have addresses of their own in one private network', () => {
  expect([1, 2, 3].map((node) => nodeAddress(network, node))).toEqual(['10.160.0.11', '10.160.0.12', '10.160.0.13']);
  expect([1, 2, 3].map((node) => podNetwork(network, node))).toEqual([
    '10.160.129.0/24',
    '10.160.130.0/24',
    '10.160.131.0/24',
  ]);
  expect([1, 2, 3].map((guest) => guestAddress(network, guest))).toEqual([
    '10.160.0.101',
    '10.160.0.102',
    '10.160.0.103',
  ]);
});
