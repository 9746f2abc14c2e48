import { afterEach, beforeEach, test } from 'vitest';

import { addDeployGroup } from '../../../controllers/deploygroup/controller.ts';
import { deployGroups, type DeployGroupNodes } from '../../../crds/types/deploygroup.ts';
import { configMaps, nodes } from '../../../kube/builtin.ts';
import { systemClock } from '../../../kube/clock.ts';
import { startController } from '../../harness/controller.ts';
import type { Running } from '../../harness/crash.ts';
import { makePlace, removePlace, type Place } from '../../harness/place.ts';
import { until } from '../../harness/wait.ts';
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

/** Resolves when the group shows these batches, or says this. */
async function shows(expected: readonly (readonly string[])[] | string): Promise<void> {
  await until(client, deployGroups, { namespace: place.namespace, name: 'fleet' }, ([group]) => {
    const { batches, message } = group?.status ?? {};
    const shown = batches === undefined ? message : batches.map(({ hosts }) => hosts);
    return JSON.stringify(shown) === JSON.stringify(expected) ? true : undefined;
  });
}

test('a group of Nodes follows their labels and addresses', async () => {
  const [one, other] = [`${place.namespace}-2`, `${place.namespace}-10`];
  const labels = { fleet: place.namespace };
  try {
    await make({ selector: { matchLabels: labels }, address: 'Name' });
    await shows('spec.nodes.selector: no Node has these labels');
    for (const name of [other, one]) await client.create(nodes, { metadata: { name, labels } });
    await shows([[one], [other]]);
    await client.mergePatch(nodes, { name: other }, { metadata: { labels: { fleet: null } } });
    await shows([[one]]);
  } finally {
    for (const name of [one, other]) await client.delete(nodes, { name }).catch(() => undefined);
  }
});

test('a group of an inventory is resolved from the ConfigMap', async () => {
  const { namespace } = place;
  const data = { hosts: '# of the web\n[web]\nweb[1:2].example.com\n[db]\ndb-1\n' };
  await client.create(configMaps, { metadata: { namespace, name: 'fleet' }, data });
  await make({ inventory: { name: 'fleet', section: 'web' } });
  await shows([['web1.example.com'], ['web2.example.com']]);
});
