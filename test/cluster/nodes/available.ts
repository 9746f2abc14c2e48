import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

interface Need {
  readonly file: string;
  readonly packageName: string;
}

const needs: readonly Need[] = [
  { file: 'containerd', packageName: 'containerd' },
  { file: 'ctr', packageName: 'containerd' },
  { file: 'runc', packageName: 'runc' },
  { file: 'iptables', packageName: 'iptables' },
  { file: 'ip', packageName: 'iproute2' },
  { file: 'unshare', packageName: 'util-linux' },
  { file: 'nsenter', packageName: 'util-linux' },
  { file: 'setpriv', packageName: 'util-linux' },
  { file: 'openssl', packageName: 'openssl' },
];
const plugins: readonly string[] = ['bridge', 'host-local', 'loopback', 'portmap'];
const folders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'];

/** Where Debian's package containernetworking-plugins puts them. */
export const pluginsFolder = '/usr/lib/cni';

/** What real nodes lack on this machine, as a sentence that says what to do; undefined when they can run. */
export async function whatNodesLack(): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    return 'Real nodes need Linux. Use CLUSTER=kind with Docker here.';
  }
  if (process.getuid?.() !== 0) {
    return (
      'Real nodes need root, for namespaces, control groups and containers. ' +
      'Run this as root (in a machine of its own, if you like), or use CLUSTER=kind with Docker.'
    );
  }
  const missing = new Set<string>();
  for (const { file, packageName } of needs) {
    if (!(await isExecutable(folders, file))) {
      missing.add(packageName);
    }
  }
  for (const plugin of plugins) {
    if (!(await isExecutable([pluginsFolder], plugin))) {
      missing.add('containernetworking-plugins');
    }
  }
  if (missing.size === 0) {
    return undefined;
  }
  return (
    'Real nodes need programs that are not here. Install them: ' +
    `apt-get install --no-install-recommends ${[...missing].join(' ')}`
  );
}

async function isExecutable(places: readonly string[], file: string): Promise<boolean> {
  const found = await Promise.all(
    places.map((folder) =>
      access(join(folder, file), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
