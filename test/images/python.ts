import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClusterError } from '../cluster/errors.ts';
import { environmentFolder, requirementsFile } from '../../controllers/agenttask/runner/environment.ts';
import { setUpAnsible } from '../../controllers/agenttask/runner/setup.ts';
import { cached } from './places.ts';
import { run } from './run.ts';

/** Exact versions and hashes of Ansible and all that it needs. */
export const packageFiles = requirementsFile;

// Debian 12's Python, on the oldest system library for which the packages are published.
const target = [
  '--python-version',
  '3.11',
  '--implementation',
  'cp',
  '--abi',
  'cp311',
  '--abi',
  'abi3',
  '--abi',
  'none',
];
const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const platforms = [
  `manylinux_2_34_${machine}`,
  `manylinux_2_28_${machine}`,
  `manylinux_2_17_${machine}`,
  `manylinux2014_${machine}`,
  'any',
];

/**
 * A folder of the packages for the image's Python, whatever Python this machine has. Throws ClusterError IMAGE_FAILED
 * or SetupError.
 */
export async function wheelFolder(): Promise<string> {
  await setUpAnsible(() => {});
  const python = join(await environmentFolder(), 'bin', 'python3');
  const recipe = { requirements: await readFile(requirementsFile, 'utf8'), target, platforms };
  return cached('wheels', recipe, async (draft) => {
    const accepted = platforms.flatMap((platform) => ['--platform', platform]);
    await run(python, [
      '-m',
      'pip',
      '--quiet',
      'download',
      '--require-hashes',
      '--only-binary=:all:',
      ...target,
      ...accepted,
      '-d',
      draft,
      '-r',
      requirementsFile,
    ]);
  });
}

/** The folder of the package pip, which runs from wherever it lies. Throws ClusterError IMAGE_FAILED. */
export async function pipFolder(): Promise<string> {
  await setUpAnsible(() => {});
  const libraries = join(await environmentFolder(), 'lib');
  const [version] = await readdir(libraries);
  if (version === undefined) {
    throw new ClusterError('IMAGE_FAILED', `${libraries} is empty: remove the folder above it, then try again.`);
  }
  return join(libraries, version, 'site-packages', 'pip');
}
