import { ensureBinaries } from '../cluster/binaries/ensure.ts';
import type { Log } from '../cluster/binaries/progress.ts';
import { startNodeCluster } from '../cluster/nodes/cluster.ts';
import type { NodeCluster } from '../cluster/nodes/cluster.ts';
import { nodeNames } from '../cluster/nodes/nodes.ts';
import { hostsAvailable } from '../hosts/available.ts';
import { startHosts } from '../hosts/hosts.ts';
import type { TestHosts } from '../hosts/hosts.ts';
import type { Images } from '../images/images.ts';
import type { E2eCluster, E2eHost } from './provided.ts';
import { servePower } from './power.ts';
import type { PowerServer } from './power.ts';

/** Three machines pass for sixty. */
const addressesOfHost = 20;

export interface Running {
  readonly cluster: E2eCluster;
  stop(): Promise<void>;
}

/**
 * Three kubelets on this machine and three SSH hosts beside them. Throws what startNodeCluster throws, or Error where
 * hosts cannot run.
 */
export async function startLocal(makeImages: () => Promise<Images>, log: Log): Promise<Running> {
  const available = await hostsAvailable();
  if (!available.ok) {
    throw new Error(`${available.reason}. The end-to-end tests run tasks on such hosts.`);
  }
  const helm = await ensureBinaries(['helm'], { log });
  const nodes = await startNodeCluster({ log });
  let hosts: TestHosts | undefined;
  let power: PowerServer | undefined;
  try {
    const images = await makeImages();
    for (const image of [images.fleetwright, images.runner]) {
      log(`importing ${image.reference} to ${nodeNames.length} nodes`);
      await nodes.importImage(image.file);
    }
    hosts = await startHosts({ count: 3 });
    power = await servePower(nodes);
    const connected = await connect(nodes, hosts);
    const { kubeconfigPath, kubectlPath } = nodes.plane;
    const folders = Object.fromEntries(nodeNames.map((name) => [name, nodes.nodeFolder(name)]));
    const local = { folders, powerUrl: power.url };
    const cluster: E2eCluster = {
      kind: 'local',
      kubeconfigPath,
      kubectlPath,
      helmPath: helm.pathOf('helm'),
      nodes: nodeNames,
      images,
      local,
      ...connected,
    };
    return { cluster, stop: () => stop(nodes, hosts, power) };
  } catch (error) {
    await stop(nodes, hosts, power);
    throw error;
  }
}

async function stop(nodes: NodeCluster, hosts: TestHosts | undefined, power: PowerServer | undefined): Promise<void> {
  power?.close();
  await hosts?.stop();
  await nodes.stop();
}

/** Gives each host further addresses, in the nodes' network: pods have no way to the first one. */
async function connect(
  nodes: NodeCluster,
  hosts: TestHosts,
): Promise<Pick<E2eCluster, 'hosts' | 'privateKey' | 'knownHosts'>> {
  const connected: E2eHost[] = [];
  const lines = [];
  for (const { name, pid, address: first } of hosts.hosts) {
    const addresses = await nodes.connectGuest(pid, addressesOfHost);
    const key =
      hosts.knownHosts
        .split('\n')
        .find((line) => line.startsWith(`${first} `))
        ?.slice(first.length) ?? '';
    lines.push(...addresses.map((address) => `${address}${key}\n`));
    connected.push({ name, address: addresses[0] ?? '', addresses, pid });
  }
  return { hosts: connected, privateKey: hosts.privateKey, knownHosts: lines.join('') };
}
