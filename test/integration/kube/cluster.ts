import { afterAll, onTestFinished } from 'vitest';

import { configMaps } from '../../../kube/builtin.ts';
import { KubeClient, type Client } from '../../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../../kube/credentials.ts';
import type { KubeObject, ResourceType } from '../../../kube/objects.ts';
import { Transport, type TransportOptions } from '../../../kube/transport.ts';
import { testCluster } from '../../cluster/testing.ts';
import { until } from '../../harness/wait.ts';

/** A client of a real API server; its connections end with the test. */
export function connect(kubeconfigPath: string, options: TransportOptions = {}): KubeClient {
  const transport = new Transport(new Credentials(() => loadKubeConfig(kubeconfigPath)), options);
  onTestFinished(() => transport.close());
  return new KubeClient(transport, { fieldManager: 'tests' });
}

/** A client of the tests' cluster, for all tests of a file. Call it at the top. */
export function clientForFile(): KubeClient {
  const transport = new Transport(new Credentials(() => loadKubeConfig(testCluster().kubeconfigPath)), {
    connections: 20,
  });
  afterAll(() => transport.close());
  return new KubeClient(transport, { fieldManager: 'tests' });
}

/** Resolves with the first object for which `wanted` holds, now or later. */
export async function eventually<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  namespace: string,
  wanted: (object: T) => boolean,
): Promise<T> {
  return until(client, type, { namespace }, (objects) => objects.find(wanted));
}

/** Resolves when a manager has made an act after those that are there now. */
export async function nextAct(client: Client, namespace: string, identity: string): Promise<void> {
  const { items } = await client.list(configMaps, { namespace, labelSelector: `act=${identity}` });
  const known = new Set(items.map(({ metadata }) => metadata.name));
  await eventually(
    client,
    configMaps,
    namespace,
    ({ metadata }) => metadata.labels?.['act'] === identity && !known.has(metadata.name),
  );
}
