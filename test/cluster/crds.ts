import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from './binaries/progress.ts';
import { ensureBinaries } from './binaries/ensure.ts';
import { mustKubectl } from './kubectl.ts';
import type { KubectlAccess } from './kubectl.ts';

export interface InstallCrdsOptions {
  /** The kubectl to use. Default: the control plane's own, looked up or built. */
  readonly kubectlPath?: string;
  readonly log?: Log;
}

/** Where this checkout keeps its custom resource definitions. */
const crdsFolder = join(import.meta.dirname, '..', '..', 'crds');

/**
 * Applies every *.yaml file of `folder` (not of folders below it) by server-side apply and waits until the API server
 * serves the kinds. Returns the names of the definitions, none for a folder without such files. Throws ClusterError
 * KUBECTL_FAILED with the API server's reasons when it refuses one.
 */
export async function installCrds(
  kubeconfigPath: string,
  folder: string = crdsFolder,
  options: InstallCrdsOptions = {},
): Promise<readonly string[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).toSorted();
  if (files.length === 0) {
    return [];
  }
  const access: KubectlAccess = {
    kubeconfigPath,
    kubectlPath: options.kubectlPath ?? (await controlPlaneKubectl(options.log)),
  };
  const applied = await mustKubectl(access, [
    'apply',
    '--server-side',
    '--field-manager=fleetwright',
    // The files are the only source of truth: what someone applied by hand before gives way.
    '--force-conflicts',
    '--output=name',
    ...files.flatMap((name) => ['--filename', join(folder, name)]),
  ]);
  const names = applied.split('\n').filter((name) => name.startsWith('customresourcedefinition'));
  if (names.length > 0) {
    await mustKubectl(access, ['wait', '--for=condition=Established', '--timeout=60s', ...names]);
  }
  return names.map((name) => name.slice(name.indexOf('/') + 1));
}

async function controlPlaneKubectl(log: Log | undefined): Promise<string> {
  const paths = await ensureBinaries(['kubectl'], log === undefined ? {} : { log });
  return paths.pathOf('kubectl');
}
