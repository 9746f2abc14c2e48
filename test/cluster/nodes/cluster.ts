import { join } from 'node:path';
import type { Log } from '../binaries/progress.ts';
import { ensureBinaries } from '../binaries/ensure.ts';
import { sweepCgroups } from '../cgroups.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { ClusterError } from '../errors.ts';
import { Keeper } from '../keeper-client.ts';
import { whatNodesLack } from './available.ts';
import { importImage } from './import-images.ts';
import { makeKubeletClient } from './kubelet-client.ts';
import { chooseNetwork, connectGuest } from './network.ts';
import { nodeNames, nodeUsers, restartNode, startNodes } from './nodes.ts';
import type { Site } from './nodes.ts';
import { startSwitch } from './switch.ts';

export interface NodeCluster {
  readonly plane: ControlPlane;
  /** The temporary folder of the nodes. Removed by stop(). */
  readonly folder: string;
  /** The device of this machine that leads to them. */
  readonly device: string;
  /** Folder of a node's configuration and logs. */
  nodeFolder(node: string): string;
  /** Gives every node the images of a docker-archive file. */
  importImage(file: string): Promise<void>;
  /**
   * Connects the machine with that process's network namespace; returns the addresses, 1 unless said otherwise, at
   * which pods reach it.
   */
  connectGuest(pid: number, addresses?: number): Promise<readonly string[]>;
  /** Takes a node away in an instant, as a power cut does, with everything on it. */
  cutPower(node: string): Promise<void>;
  /** Starts a node again after that: with its disk, so its images are still there. It is Ready when this resolves. */
  restorePower(node: string): Promise<void>;
  /** Ends everything and leaves nothing behind. Doing it twice is fine. */
  stop(): Promise<void>;
}

export interface NodeClusterOptions {
  readonly log?: Log;
  readonly auditLog?: boolean;
}

/**
 * Starts a control plane and three real nodes: each with containerd, kubelet and kube-proxy in namespaces of its own,
 * connected by a switch, ready when this resolves. There is no DNS. It ends with `stop()`, or when this process ends in
 * whatever way.
 *
 * Throws ClusterError NODES_UNAVAILABLE, saying what to install, where nodes cannot run; else what startControlPlane
 * throws.
 */
export async function startNodeCluster(options: NodeClusterOptions = {}): Promise<NodeCluster> {
  const lack = await whatNodesLack();
  if (lack !== undefined) {
    throw new ClusterError('NODES_UNAVAILABLE', lack);
  }
  const log = options.log ?? (() => {});
  for (const name of await sweepCgroups()) {
    log(`removed the control group ${name}, whose owner was killed`);
  }
  const paths = await ensureBinaries(['kubelet', 'kube-proxy'], { log });
  const keeper = await Keeper.open();
  let plane: ControlPlane | undefined;
  try {
    const network = await chooseNetwork();
    const switchPid = await startSwitch(keeper, network);
    const client = await makeKubeletClient(keeper.folder);
    const users = nodeUsers();
    plane = await startControlPlane({
      log,
      address: network.host,
      components: { kwok: false },
      tokens: [...users.nodes, users.proxy],
      extraApiserverArgs: [
        `--kubelet-client-certificate=${client.certificateFile}`,
        `--kubelet-client-key=${client.keyFile}`,
        // Pods reach the API server at the address that the Service `kubernetes` gets from this.
        '--endpoint-reconciler-type=lease',
      ],
      ...(options.auditLog === undefined ? {} : { auditLog: options.auditLog }),
    });
    const site: Site = { keeper, network, switchPid, paths, plane, users, clientCaPem: client.pem };
    await startNodes(site, log);
    return handle(site);
  } catch (error) {
    await plane?.stop();
    await keeper.end();
    throw error;
  }
}

function handle(site: Site): NodeCluster {
  let guests = 0;
  const nodeFolder = (node: string): string => join(site.keeper.folder, node);
  return {
    plane: site.plane,
    folder: site.keeper.folder,
    device: site.network.device,
    nodeFolder,
    async importImage(file) {
      await Promise.all(nodeNames.map((node) => importImage(nodeFolder(node), file)));
    },
    async connectGuest(pid, addresses = 1) {
      const first = guests + 1;
      guests += addresses;
      return connectGuest(site.network, site.switchPid, first, pid, addresses);
    },
    cutPower: (node) => site.keeper.stop(node, 'SIGKILL'),
    restorePower: (node) => restartNode(site, node),
    async stop() {
      await site.plane.stop();
      await site.keeper.end();
    },
  };
}
