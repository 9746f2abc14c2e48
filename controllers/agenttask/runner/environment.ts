import { createHash } from 'node:crypto';
import { access, constants, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Exact versions and hashes of everything installed into the environment. */
export const requirementsFile = join(import.meta.dirname, 'requirements.txt');

/** Name of the file that is written into the environment last: without it the folder is incomplete. */
export const completeMark = '.complete';

/** There is no usable ansible-runner. */
export class AnsibleMissingError extends Error {
  override readonly name = 'AnsibleMissingError';
  readonly code = 'ANSIBLE_MISSING';
}

/**
 * Folder of the Python environment for the current requirements: shared by all checkouts of one user that have the same
 * ones.
 */
export async function environmentFolder(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const requirements = await readFile(requirementsFile);
  const hash = createHash('sha256').update(requirements).digest('hex').slice(0, 16);
  const cache = env['XDG_CACHE_HOME'] ?? '';
  // The XDG specification has relative paths ignored.
  return join(cache.startsWith('/') ? cache : join(homedir(), '.cache'), 'fleetwright', `ansible-${hash}`);
}

/**
 * Path of the ansible-runner executable: FLEETWRIGHT_ANSIBLE_RUNNER when set, else the one that `setup.ts` installed.
 * @throws AnsibleMissingError when it is not there, with the command that brings it.
 */
export async function findAnsibleRunner(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const given = env['FLEETWRIGHT_ANSIBLE_RUNNER'];
  if (given !== undefined && given !== '') {
    if (!given.startsWith('/') || !(await isExecutable(given))) {
      throw new AnsibleMissingError(
        `FLEETWRIGHT_ANSIBLE_RUNNER is ${JSON.stringify(given)}, ` +
          'which is not the absolute path of an executable file. Correct it or unset it.',
      );
    }
    return given;
  }
  const folder = await environmentFolder(env);
  const runner = join(folder, 'bin', 'ansible-runner');
  if (!(await isPresent(join(folder, completeMark))) || !(await isExecutable(runner))) {
    throw new AnsibleMissingError(
      'Ansible is not installed for Fleetwright. Run: node controllers/agenttask/runner/setup.ts',
    );
  }
  return runner;
}

async function isPresent(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
