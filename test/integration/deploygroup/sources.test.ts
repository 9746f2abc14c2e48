import { afterEach, beforeEach, expect, test } from 'vitest';

import { addDeployGroup } from '../../../controllers/deploygroup/controller.ts';
import { deployGroups, type DeployGroupNodes } from '../../../crds/types/deploygroup.ts';
import { configMaps, nodes } from '../../../kube/builtin.ts';
import { systemClock } from '../../../kube/clock.ts';
import { startController } from '../../harness/controller.ts';
import type { Running } from '../../harness/crash.ts';
import { makePlace, removePlace, type Place } from '../../harness/place.ts';
import { clientForFile } from '../kube/cluster.ts';

const client = clientForFile();
let place: Place;
let controller: Running;

beforeEach(async () => {
  place = await makePlace(client);
  const { namespace } = place;
  controller = await startController(client, client, ({ manager, events }) => {
    addDeployGroup(manager, { client, events, clock: systemClock, systemNamespace: namespace, namespace });
  });
});
afterEach(async () => {
  await controller.stop();
  await removePlace(client, place);
});

async function make(spec: DeployGroupNodes): Promise<void> {
  await client.create(deployGroups, {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'DeployGroup',
    metadata: { namespace: place.namespace, name: 'fleet' },
    spec: { type: 'Percent', nodes: spec, percent: ['1', '100%'] },
  });
}

/** The batches that the group shows, or what it says instead. */
async function shown(): Promise<unknown> {
  const { status } = await client.get(deployGroups, { namespace: place.namespace, name: 'fleet' });
  return status?.batches?.map(({ hosts }) => hosts) ?? status?.message;
}

const patience = { timeout: 60_000, interval: 250 };

test('a group of Nodes follows their labels and addresses', async () => {
  const [one, other] = [`${place.namespace}-2`, `${place.namespace}-10`];
  const labels = { fleet: place.namespace };
  try {
    await make({ selector: { matchLabels: labels }, address: 'Name' });
    await expect.poll(shown, patience).toBe('spec.nodes.selector: no Node has these labels');
    for (const name of [other, one]) await client.create(nodes, { metadata: { name, labels } });
    await expect.poll(shown, patience).toEqual([[one], [other]]);
    await client.mergePatch(nodes, { name: other }, { metadata: { labels: { fleet: null } } });
    await expect.poll(shown, patience).toEqual([[one]]);
  } finally {
    for (const name of [one, other]) await client.delete(nodes, { name }).catch(() => undefined);
  }
});

test('a group of an inventory is resolved from the ConfigMap', async () => {
  const { namespace } = place;
  const data = { hosts: '# of the web\n[web]\nweb[1:2].example.com\n[db]\ndb-1\n' };
  await client.create(configMaps, { metadata: { namespace, name: 'fleet' }, data });
  await make({ inventory: { name: 'fleet', section: 'web' } });
  await expect.poll(shown, patience).toEqual([['web1.example.com'], ['web2.example.com']]);
});
