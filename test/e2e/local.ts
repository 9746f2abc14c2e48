import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureBinaries } from '../cluster/binaries/ensure.ts';
import type { Log } from '../cluster/binaries/progress.ts';
import { startNodeCluster } from '../cluster/nodes/cluster.ts';
import type { NodeCluster } from '../cluster/nodes/cluster.ts';
import { nodeNames } from '../cluster/nodes/nodes.ts';
import { hostsAvailable } from '../hosts/available.ts';
import { startHosts } from '../hosts/hosts.ts';
import type { TestHosts } from '../hosts/hosts.ts';
import type { Images } from '../images/images.ts';
import { historyFolder } from './provided.ts';
import type { E2eCluster } from './provided.ts';

/** The one whose volume the tests name: the first. */
const historyNode = 'node-a';

export interface Running {
  readonly cluster: E2eCluster;
  stop(): Promise<void>;
}

/** Three kubelets on this machine and three SSH hosts beside them. Throws what startNodeCluster throws, or Error where hosts cannot run. */
export async function startLocal(makeImages: () => Promise<Images>, log: Log): Promise<Running> {
  const available = await hostsAvailable();
  if (!available.ok) {
    throw new Error(`${available.reason}. The end-to-end tests run tasks on such hosts.`);
  }
  const helm = await ensureBinaries(['helm'], { log });
  const nodes = await startNodeCluster({ log });
  let hosts: TestHosts | undefined;
  try {
    const images = await makeImages();
    // Nodes see their own folders `var/lib` and `var/log` in place of this machine's.
    await mkdir(join(nodes.nodeFolder(historyNode), historyFolder), { recursive: true });
    for (const image of [images.fleetwright, images.runner]) {
      log(`importing ${image.reference} to ${nodeNames.length} nodes`);
      await nodes.importImage(image.file);
    }
    hosts = await startHosts({ count: 3 });
    const connected = await connect(nodes, hosts);
    const { kubeconfigPath, kubectlPath } = nodes.plane;
    const cluster: E2eCluster = { kind: 'local', kubeconfigPath, kubectlPath, helmPath: helm.pathOf('helm'), nodes: nodeNames, images, ...connected };
    return { cluster, stop: () => stop(nodes, hosts) };
  } catch (error) {
    await stop(nodes, hosts);
    throw error;
  }
}

async function stop(nodes: NodeCluster, hosts: TestHosts | undefined): Promise<void> {
  await hosts?.stop();
  await nodes.stop();
}

/** Gives each host a second address, in the nodes' network: pods have no way to the first one. */
async function connect(nodes: NodeCluster, hosts: TestHosts): Promise<Pick<E2eCluster, 'hosts' | 'privateKey' | 'knownHosts'>> {
  const connected = [];
  let { knownHosts } = hosts;
  for (const host of hosts.hosts) {
    const address = await nodes.connectGuest(host.pid);
    knownHosts = knownHosts.replace(`${host.address} `, `${address} `);
    connected.push({ name: host.name, address });
  }
  return { hosts: connected, privateKey: hosts.privateKey, knownHosts };
}
