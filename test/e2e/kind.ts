import { join } from 'node:path';
import { ensureBinaries } from '../cluster/binaries/ensure.ts';
import type { Log } from '../cluster/binaries/progress.ts';
import { checkoutFolder, checkoutName } from '../cluster/checkout.ts';
import { kindDown, kindUp } from '../cluster/kind.ts';
import { mustKubectl } from '../cluster/kubectl.ts';
import { startHosts } from '../hosts/hosts.ts';
import type { Images } from '../images/images.ts';
import { run } from '../images/run.ts';
import type { Running } from './local.ts';

/**
 * A kind cluster of its own, and SSH hosts on this machine. Throws ClusterError DOCKER_MISSING, KIND_MISSING or
 * KIND_FAILED.
 */
export async function startKind(makeImages: () => Promise<Images>, log: Log): Promise<Running> {
  const name = `${checkoutName()}-e2e`;
  const kubeconfigPath = join(checkoutFolder, '.fleetwright', 'kind-e2e', 'kubeconfig');
  await kindUp(name, kubeconfigPath, process.env, log);
  const images = await makeImages();
  for (const { file } of [images.fleetwright, images.runner]) {
    await run('kind', ['load', 'image-archive', file, '--name', name]);
  }
  const programs = await ensureBinaries(['kubectl', 'helm'], { log });
  const kubectlPath = programs.pathOf('kubectl');
  const nodes = (await mustKubectl({ kubectlPath, kubeconfigPath }, ['get', 'nodes', '-o', 'name'])).trim().split('\n');
  const hosts = await startHosts({ count: 3 });
  return {
    cluster: {
      kind: 'kind',
      kubeconfigPath,
      kubectlPath,
      helmPath: programs.pathOf('helm'),
      nodes: nodes.map((node) => node.slice('node/'.length)),
      images,
      // Docker forwards what containers send; the hosts see this machine's address.
      hosts: hosts.hosts.map(({ name: host, address, pid }) => ({ name: host, address, addresses: [address], pid })),
      privateKey: hosts.privateKey,
      knownHosts: hosts.knownHosts,
      local: undefined,
    },
    async stop() {
      await hosts.stop();
      await kindDown(name, kubeconfigPath, process.env);
    },
  };
}
