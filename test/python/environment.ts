import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { withLock } from '../cluster/lock.ts';

/** A program of Python cannot be installed. */
class PythonError extends Error {
  override readonly name = 'PythonError';
  readonly code = 'PYTHON_PROGRAM';
}

/** A program that is installed from the package index. */
export interface PythonProgram {
  readonly name: string;
  /** File of all its packages, by version and hash. */
  readonly requirements: string;
  /** How long it takes, as in `about a minute`. */
  readonly lasts: string;
  /** Makes what it needs besides its packages in the folder of its environment. */
  finish?(folder: string): Promise<void>;
}

const pythonCheck = 'import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 11) else 3)';
const pip = ['-m', 'pip', '--disable-pip-version-check', 'install', '--quiet', '--no-input', '--require-hashes'];

/**
 * Makes a Python environment with the program in the user's cache, unless it is there for the present requirements.
 * @param say receives progress
 * @returns the folder of the environment
 * @throws PythonError with the fix
 */
export async function installPythonProgram(program: PythonProgram, say: (line: string) => void): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(program.requirements))
    .digest('hex')
    .slice(0, 16);
  const cache = process.env['XDG_CACHE_HOME'] ?? '';
  const base = join(cache.startsWith('/') ? cache : join(homedir(), '.cache'), 'fleetwright');
  const folder = join(base, `python-${program.name.toLowerCase()}-${hash}`);
  await withLock(`${folder}.lock`, () => install(folder, program, say), {
    onWait: (owner) => say(`process ${owner} is installing ${program.name}; waiting for it`),
  });
  return folder;
}

async function install(folder: string, program: PythonProgram, say: (line: string) => void): Promise<void> {
  // Written last: without it the folder is incomplete.
  const mark = join(folder, '.complete');
  const complete = await access(mark).then(
    () => true,
    () => false,
  );
  if (complete) return;
  const python = process.env['FLEETWRIGHT_PYTHON'] ?? 'python3';
  await runOrExplain(
    python,
    ['-c', pythonCheck],
    `${program.name} needs Python 3.11 or later with its venv module ` +
      '(Debian and Ubuntu: apt-get install python3-venv); FLEETWRIGHT_PYTHON can name another one',
  );
  say(`installing ${program.name} into ${folder}, ${program.lasts}, once`);
  await rm(folder, { recursive: true, force: true });
  await runOrExplain(python, ['-m', 'venv', folder], 'the virtual environment could not be made');
  await runOrExplain(
    join(folder, 'bin', 'python3'),
    [...pip, '-r', program.requirements],
    'the packages could not be installed: check the connection to the package index (PIP_INDEX_URL)',
  );
  await program.finish?.(folder);
  await writeFile(mark, '');
  say(`${program.name} is installed`);
}

/** Runs a command to its end. @throws PythonError with `failure` and the end of its output when it fails */
export async function runOrExplain(command: string, args: readonly string[], failure: string): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-4000)));
  const code: unknown = await once(child, 'close').then(
    ([exit]) => exit,
    (error: Error) => error.message,
  );
  if (code !== 0) throw new PythonError(`${failure}.\n${output === '' ? String(code) : output}`);
}
