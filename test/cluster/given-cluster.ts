import { delimiter, join, resolve } from 'node:path';
import { binaries } from './binaries/catalogue.ts';
import { findBinary, isExecutable, placesFrom } from './binaries/lookup.ts';
import { ClusterError } from './errors.ts';

/**
 * The kubeconfig of a cluster that the user wants to be used instead of a local control plane:
 * FLEETWRIGHT_TEST_KUBECONFIG, else KUBECONFIG, as an absolute path. Undefined when neither is set.
 */
export function givenKubeconfig(env: NodeJS.ProcessEnv): string | undefined {
  const given = env['FLEETWRIGHT_TEST_KUBECONFIG'] || env['KUBECONFIG'];
  if (!given) {
    return undefined;
  }
  if (given.includes(delimiter)) {
    throw new ClusterError(
      'BAD_USAGE',
      `KUBECONFIG lists several files (${given}), so it is not clear which cluster is meant. ` +
        'Set FLEETWRIGHT_TEST_KUBECONFIG to the one file to use, or unset KUBECONFIG for a local control plane.',
    );
  }
  return resolve(given);
}

/** A kubectl that is there already: with a given cluster nothing is built. Throws ClusterError BINARY_MISSING. */
export async function presentKubectl(env: NodeJS.ProcessEnv): Promise<string> {
  const found = await findBinary(binaries.kubectl, placesFrom(env));
  if (found !== undefined) {
    return found.path;
  }
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'kubectl');
    if (folder !== '' && (await isExecutable(path))) {
      return path;
    }
  }
  throw new ClusterError(
    'BINARY_MISSING',
    'No kubectl was found. Put one on PATH, or run `node test/cluster/cli.ts binaries` once to have it built.',
  );
}
