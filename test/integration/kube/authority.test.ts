import { rootCertificates } from 'node:tls';

import { KubeConfig } from '@kubernetes/client-node';
import { expect, onTestFinished, test } from 'vitest';

import { namespaces } from '../../../kube/builtin.ts';
import { KubeClient } from '../../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../../kube/credentials.ts';
import { Transport } from '../../../kube/transport.ts';
import { testCluster } from '../../cluster/testing.ts';

/**
 * The cluster's kubeconfig as it was before a rotation: with an authority that did not issue the server's certificate.
 */
function outdated(): KubeConfig {
  const whole = JSON.parse(loadKubeConfig(testCluster().kubeconfigPath).exportConfig()) as {
    clusters: { cluster: Record<string, unknown> }[];
  };
  for (const { cluster } of whole.clusters)
    cluster['certificate-authority-data'] = Buffer.from(rootCertificates[0] ?? '').toString('base64');
  const config = new KubeConfig();
  config.loadFromString(JSON.stringify(whole));
  return config;
}

function connecting(...configs: readonly (() => KubeConfig)[]): {
  readonly client: KubeClient;
  readonly loads: () => number;
} {
  let loads = 0;
  const load = (): KubeConfig => {
    loads += 1;
    const next = configs[Math.min(loads, configs.length) - 1];
    if (next === undefined) throw new Error('no kubeconfig');
    return next();
  };
  const transport = new Transport(new Credentials(load));
  onTestFinished(() => transport.close());
  return { client: new KubeClient(transport, { fieldManager: 'tests' }), loads: () => loads };
}

test('a server certified by another authority is trusted once the kubeconfig names that authority', async () => {
  const { client, loads } = connecting(outdated, () => loadKubeConfig(testCluster().kubeconfigPath));
  expect((await client.get(namespaces, { name: 'default' })).metadata.name).toBe('default');
  expect(loads()).toBe(2);
});

test('a server that stays untrusted is reported, and the message says why', async () => {
  const { client } = connecting(outdated);
  await expect(client.get(namespaces, { name: 'default' })).rejects.toMatchObject({
    code: 'TRANSPORT_ERROR',
    message: expect.stringContaining('certificate'),
  });
});
