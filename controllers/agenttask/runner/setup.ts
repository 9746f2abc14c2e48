import { spawn } from 'node:child_process';
import { access, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AnsibleMissingError,
  completeMark,
  environmentFolder,
  findAnsibleRunner,
  requirementsFile,
} from './environment.ts';

/** The Python environment cannot be made. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
  readonly code = 'ANSIBLE_SETUP_FAILED';
}

const LOCK_LOOK_INTERVAL = 500;
const pythonCheck = 'import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 11) else 3)';

/**
 * Makes the Python environment with ansible-core and ansible-runner unless it is there, or FLEETWRIGHT_ANSIBLE_RUNNER
 * names another one. Safe to run from several checkouts at once. Returns the path of ansible-runner. `say` receives
 * progress, one line at a time.
 * @throws SetupError when Python or a package is missing, with the fix.
 * @throws AnsibleMissingError when FLEETWRIGHT_ANSIBLE_RUNNER is wrong.
 */
export async function setUpAnsible(say: (line: string) => void): Promise<string> {
  const folder = await environmentFolder();
  if ((process.env['FLEETWRIGHT_ANSIBLE_RUNNER'] ?? '') === '' && !(await isComplete(folder))) {
    await buildOnce(folder, say);
  }
  return findAnsibleRunner();
}

async function buildOnce(folder: string, say: (line: string) => void): Promise<void> {
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  const lock = `${folder}.lock`;
  if (!(await waitForLock(folder, lock, say))) {
    return;
  }
  try {
    // Another process may have completed it between the first look and the lock.
    if (!(await isComplete(folder))) {
      await build(folder, say);
    }
  } finally {
    await rm(lock, { force: true });
  }
}

async function build(folder: string, say: (line: string) => void): Promise<void> {
  const python = await findPython();
  say(`installing Ansible into ${folder}, about half a minute, once`);
  // An environment knows its own path and cannot be renamed: what counts is the mark written last.
  await rm(folder, { recursive: true, force: true });
  await run(python, ['-m', 'venv', folder], 'The virtual environment could not be made');
  const pip = [
    '-m',
    'pip',
    '--disable-pip-version-check',
    'install',
    '--quiet',
    '--no-input',
    '--require-hashes',
    '-r',
    requirementsFile,
  ];
  await run(
    join(folder, 'bin', 'python3'),
    pip,
    'The packages could not be installed. Check the connection to the package index (PIP_INDEX_URL) and run this again',
  );
  await run(join(folder, 'bin', 'ansible-runner'), ['--version'], 'The installed ansible-runner does not work');
  await writeFile(join(folder, completeMark), '');
  say('Ansible is installed');
}

async function findPython(): Promise<string> {
  const python = process.env['FLEETWRIGHT_PYTHON'] ?? 'python3';
  const { code, output } = await execute(python, ['-c', pythonCheck]);
  if (code === 0) {
    return python;
  }
  if (code === 3) {
    throw new SetupError(
      `${python} is older than 3.11, which Ansible needs. Install a newer one and name it in FLEETWRIGHT_PYTHON.`,
    );
  }
  throw new SetupError(
    code === undefined
      ? `${python} was not found. Install Python 3.11 or later with its venv module ` +
          '(Debian and Ubuntu: apt-get install python3-venv), or name it in FLEETWRIGHT_PYTHON.'
      : `${python} lacks the venv or ensurepip module. ` +
          `Install it (Debian and Ubuntu: apt-get install python3-venv).\n${output}`,
  );
}

/** True when this process holds the lock, false when another one completed the environment meanwhile. */
async function waitForLock(folder: string, lock: string, say: (line: string) => void): Promise<boolean> {
  let told = false;
  while (!(await tryLock(lock))) {
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (owner > 0 && !isRunning(owner)) {
      await rm(lock, { force: true });
      continue;
    }
    if (!told && owner > 0) {
      say(`process ${owner} is installing Ansible already; waiting for it`);
      told = true;
    }
    await delay(LOCK_LOOK_INTERVAL);
    if (await isComplete(folder)) {
      return false;
    }
  }
  return true;
}

/** Creates the lock together with its content, so that nobody reads one without an owner. */
async function tryLock(lock: string): Promise<boolean> {
  const draft = `${lock}.${process.pid}`;
  await writeFile(draft, String(process.pid));
  try {
    await link(draft, lock);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      return false;
    }
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function isComplete(folder: string): Promise<boolean> {
  return access(join(folder, completeMark)).then(
    () => true,
    () => false,
  );
}

async function run(command: string, args: readonly string[], failure: string): Promise<void> {
  const { code, output } = await execute(command, args);
  if (code !== 0) {
    throw new SetupError(`${failure}.\n${output}`);
  }
}

async function execute(
  command: string,
  args: readonly string[],
): Promise<{ code: number | undefined; output: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number | undefined; output: string }>();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: string): void => {
    output = (output + chunk).slice(-4000);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  child.once('error', () => {
    resolve({ code: undefined, output });
  });
  child.once('close', (code) => {
    resolve({ code: code ?? 1, output });
  });
  return promise;
}

if (import.meta.main) {
  try {
    const runner = await setUpAnsible((line) => process.stdout.write(`${line}\n`));
    process.stdout.write(`Ansible is ready: ${runner}\n`);
  } catch (error) {
    const expected = error instanceof SetupError || error instanceof AnsibleMissingError;
    process.stderr.write(`${expected ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
