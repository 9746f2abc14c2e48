import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Image } from '../../images/archive.ts';
import type { BinaryPaths } from '../binaries/ensure.ts';
import type { Log } from '../binaries/progress.ts';
import { cgroupName, makeCgroup } from '../cgroups.ts';
import { logPath } from '../components.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { TokenUser } from '../credentials.ts';
import { ClusterError } from '../errors.ts';
import type { Keeper } from '../keeper-client.ts';
import { kubeconfigOf } from '../kubeconfig.ts';
import { mustKubectl } from '../kubectl.ts';
import { whileRunning } from '../supervision.ts';
import { containerdReady, importImage } from './import-images.ts';
import { nodeAddress, podNetwork, routeToPods } from './network.ts';
import type { NodeNetwork } from './network.ts';
import { writeNodeFiles } from './node-files.ts';
import { makePauseImage } from './pause-image.ts';
import { inNamespaces } from './switch.ts';

/** Node `node-x` is in `zone-x`. */
export const nodeNames: readonly string[] = ['node-a', 'node-b', 'node-c'];

export interface NodeUsers {
  /** In the order of the names. */
  readonly nodes: readonly TokenUser[];
  readonly proxy: TokenUser;
}

/** What nodes are started with and connected to. */
export interface Site {
  readonly keeper: Keeper;
  readonly network: NodeNetwork;
  readonly switchPid: number;
  readonly paths: BinaryPaths;
  readonly plane: ControlPlane;
  readonly users: NodeUsers;
  readonly clientCaPem: string;
}

// Ten times what two busy cores take.
const timeoutMs = 120_000;
const waitLimit = `--timeout=${timeoutMs / 1000}s`;

/** Users with fresh tokens for the nodes' programs, under the names to which Kubernetes gives their rights. */
export function nodeUsers(): NodeUsers {
  return {
    nodes: nodeNames.map((name) => user(`system:node:${name}`, ['system:nodes'])),
    proxy: user('system:kube-proxy', []),
  };
}

function user(name: string, groups: readonly string[]): TokenUser {
  return { user: name, groups, token: randomBytes(24).toString('base64url') };
}

/** Starts all nodes and waits until they are Ready. Throws ComponentFailure or ClusterError NOT_READY. */
export async function startNodes(site: Site, log: Log): Promise<void> {
  const { keeper } = site;
  const pause = await makePauseImage(keeper.folder);
  await Promise.all(nodeNames.map((_, index) => startNode(site, index + 1, pause.reference)));
  const allReady = async (): Promise<void> => {
    await Promise.all(
      nodeNames.map(async (name, index) => {
        await givePause(site, name, pause);
        await routeToPods(site.network, index + 1);
      }),
    );
    await untilReady(site, nodeNames);
  };
  await whileRunning(keeper, nodeNames, allReady());
  log(`${nodeNames.length} nodes are ready`);
}

/**
 * Starts a node that was stopped, with the files and images it has, and waits until it is Ready. Throws what startNodes
 * throws.
 */
export async function restartNode(site: Site, name: string): Promise<void> {
  const { keeper } = site;
  const pause = await makePauseImage(keeper.folder);
  // What Kubernetes last heard of it may still be that it is Ready.
  await notReady(site, name);
  await startNode(site, nodeNames.indexOf(name) + 1, pause.reference);
  const ready = givePause(site, name, pause).then(() => untilReady(site, [name]));
  await whileRunning(keeper, [name], ready);
}

async function givePause({ keeper }: Site, name: string, pause: Image): Promise<void> {
  const folder = join(keeper.folder, name);
  await containerdReady(folder, timeoutMs);
  await importImage(folder, pause.file);
}

async function startNode(site: Site, number: number, pauseImage: string): Promise<void> {
  const { keeper, network, paths, plane, users } = site;
  const name = nodeNames[number - 1];
  const nodeUser = users.nodes[number - 1];
  if (name === undefined || nodeUser === undefined) {
    throw new ClusterError('BAD_USAGE', `There is no node number ${number}.`);
  }
  const folder = join(keeper.folder, name);
  const cgroup = await cgroupName(`${basename(keeper.folder).split('-').at(-1)}-${name}`);
  const kubeconfig = (token: string): string => kubeconfigOf({ url: plane.url, token, caPem: plane.caPem }, name);
  const address = nodeAddress(network, number);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeNodeFiles({
    folder,
    cgroup,
    address,
    podNetwork: podNetwork(network, number),
    allPods: network.pods,
    kubeletKubeconfig: kubeconfig(nodeUser.token),
    proxyKubeconfig: kubeconfig(users.proxy.token),
    clientCaPem: site.clientCaPem,
    pauseImage,
  });
  await makeCgroup(cgroup);
  const others = nodeNames.flatMap((_, index) =>
    index + 1 === number ? [] : [`${podNetwork(network, index + 1)}=${nodeAddress(network, index + 1)}`],
  );
  // What node-init.sh takes.
  const machine = [
    `${address}/${network.prefixLength}`,
    podNetwork(network, number),
    network.pods,
    paths.pathOf('kubelet'),
    paths.pathOf('kube-proxy'),
    ...others,
  ];
  await keeper.start({
    name,
    cgroup,
    abrupt: true,
    logFile: logPath(keeper.folder, name),
    ...inNamespaces(
      ['--net', '--mount', '--uts', '--propagation', 'private'],
      ['sh', join(import.meta.dirname, 'node.sh'), name, folder, String(site.switchPid), cgroup, ...machine],
    ),
  });
}

async function untilReady(site: Site, names: readonly string[]): Promise<void> {
  const nodes = names.map((name) => `node/${name}`);
  // A node is there once kubelet has told the API server of itself; only a single name can be waited for.
  await Promise.all(nodes.map((node) => kubectl(site, ['wait', '--for=create', waitLimit, node])));
  await kubectl(site, ['wait', '--for=condition=Ready', waitLimit, ...nodes]);
}

async function notReady(site: Site, name: string): Promise<void> {
  if ((await kubectl(site, ['get', 'node', name, '--ignore-not-found', '-o', 'name'])) === '') return;
  await kubectl(site, ['wait', '--for=condition=Ready=Unknown', waitLimit, `node/${name}`]);
}

async function kubectl({ plane }: Site, args: readonly string[]): Promise<string> {
  return mustKubectl(
    {
      kubectlPath: plane.kubectlPath,
      kubeconfigPath: plane.kubeconfigPath,
      cacheFolder: join(plane.folder, 'kubectl-cache'),
    },
    args,
  );
}
