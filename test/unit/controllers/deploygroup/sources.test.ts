import { describe, expect, test } from 'vitest';

import { hostsFound } from '../../../../controllers/deploygroup/sources.ts';
import type { DeployGroup, DeployGroupNodes } from '../../../../crds/types/deploygroup.ts';
import { configMaps, type Node } from '../../../../kube/builtin.ts';
import { systemClock } from '../../../../kube/clock.ts';
import { Store } from '../../../../kube/store.ts';
import { ModelApi } from '../../../harness/world/api.ts';
import { ModelClient } from '../../../harness/world/client.ts';
import { Life } from '../../../harness/world/life.ts';

const api = new ModelApi(systemClock);
const life = new Life({ interleave: false, fate: () => 'goes well', onDeath: () => undefined });
const client = new ModelClient(api, life);
const store = new Store<Node>();

function node(name: string, labels: Readonly<Record<string, string>>, address?: string): void {
  const addresses = address === undefined ? [] : [{ type: 'InternalIP', address }];
  store.set({ metadata: { name, labels }, status: { addresses } });
}

for (const number of [10, 2, 1]) node(`web-${number}`, { role: 'web' }, `192.0.2.${number}`);
node('db-1', { role: 'db' });
api.create(configMaps, { metadata: { namespace: 'default', name: 'fleet' }, data: { hosts: '[web]\na\nb', none: '' } });

async function found(nodes: DeployGroupNodes): Promise<unknown> {
  const group: DeployGroup = {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'DeployGroup',
    metadata: { namespace: 'default', name: 'web' },
    spec: { type: 'Percent', nodes, percent: ['1'] },
  };
  const { hosts, problem } = (await hostsFound(group, { nodes: store, client })) ?? {};
  return hosts?.map(({ host }) => host) ?? problem;
}

const web = { matchLabels: { role: 'web' } };

describe('the hosts that a group leaves others to name', () => {
  test.each<[string, DeployGroupNodes, unknown]>([
    ['Nodes by their labels, in the order of their names', { selector: web }, ['192.0.2.1', '192.0.2.2', '192.0.2.10']],
    ['Nodes by name', { selector: web, address: 'Name' }, ['web-1', 'web-2', 'web-10']],
    ['all Nodes', { selector: {}, address: 'Name' }, ['db-1', 'web-1', 'web-2', 'web-10']],
    [
      'no Node with the labels',
      { selector: { matchLabels: { role: 'mail' } } },
      'nodes.selector: no Node has these labels',
    ],
    [
      'a Node without an address',
      { selector: {} },
      'nodes.address: Node db-1 shows no InternalIP; use another one, or Name',
    ],
    ['an inventory', { inventory: { name: 'fleet' } }, ['a', 'b']],
    [
      'no ConfigMap',
      { inventory: { name: 'other' } },
      'nodes.inventory: there is no ConfigMap other in namespace default; create it',
    ],
    [
      'no such key in it',
      { inventory: { name: 'fleet', key: 'list' } },
      'nodes.inventory: ConfigMap fleet has no key list; write the hosts there',
    ],
    [
      'an empty list',
      { inventory: { name: 'fleet', key: 'none' } },
      'nodes.inventory: ConfigMap fleet, none: there is no host',
    ],
    ['none, since it names them itself', { names: ['a'] }, undefined],
  ])('%s', async (_what, nodes, expected) => {
    expect(await found(nodes)).toEqual(expected);
  });
});
