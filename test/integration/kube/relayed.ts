import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { loadKubeConfig } from '../../../kube/credentials.ts';
import { Relay } from '../../harness/faults/relay.ts';

/** A kubeconfig for the same cluster, by way of a relay that the test may cut. */
export async function relayed(kubeconfigPath: string): Promise<{ readonly relay: Relay; readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'kube-relay-'));
  const config = loadKubeConfig(kubeconfigPath);
  const server = new URL(config.getCurrentCluster()?.server ?? '');
  const relay = await Relay.start(server);
  onTestFinished(async () => {
    await relay.refuse().catch(() => undefined);
    await rm(folder, { recursive: true });
  });
  const whole = JSON.parse(config.exportConfig()) as { clusters: { cluster: Record<string, unknown> }[] };
  for (const { cluster } of whole.clusters)
    Object.assign(cluster, {
      server: relay.url,
      ...(isIP(server.hostname) === 0 ? { 'tls-server-name': server.hostname } : {}),
    });
  const path = join(folder, 'kubeconfig');
  await writeFile(path, JSON.stringify(whole));
  return { relay, path };
}
