import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { withLock } from '../cluster/lock.ts';
import { programFolders } from './available.ts';
import { configuration } from './configuration.ts';

/** Cinder cannot be installed or started. */
export class CinderError extends Error {
  override readonly name = 'CinderError';
  readonly code: 'CINDER_SETUP' | 'CINDER_START';

  constructor(code: CinderError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Cinder, ready to be started. */
export interface CinderProgram {
  /** The folder of its Python environment. */
  readonly environment: string;
  /** A database with all tables and nothing in them: to make one takes longer than to start a zone. */
  readonly emptyDatabase: string;
  /** Folders with the programs that it runs, for PATH. */
  readonly path: string;
}

const requirements = join(import.meta.dirname, 'requirements.txt');
const pythonCheck = 'import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 11) else 3)';

/**
 * Makes a Python environment with Cinder in the user's cache, unless it is there for the present requirements.
 * @param say receives progress
 * @throws CinderError with the fix
 */
export async function setUpCinder(say: (line: string) => void): Promise<CinderProgram> {
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 16);
  const cache = process.env['XDG_CACHE_HOME'] ?? '';
  const folder = join(cache.startsWith('/') ? cache : join(homedir(), '.cache'), 'fleetwright', `cinder-${hash}`);
  const program = programIn(folder);
  await withLock(`${folder}.lock`, () => install(folder, program, say), {
    onWait: (owner) => say(`process ${owner} is installing Cinder; waiting for it`),
  });
  return program;
}

function programIn(folder: string): CinderProgram {
  const environment = join(folder, 'python');
  const path = [join(folder, 'bin'), join(environment, 'bin'), ...programFolders()];
  return { environment, emptyDatabase: join(folder, 'empty.sqlite'), path: path.join(':') };
}

async function install(folder: string, program: CinderProgram, say: (line: string) => void): Promise<void> {
  // Written last: without it the folder is incomplete.
  const mark = join(folder, '.complete');
  const complete = await access(mark).then(
    () => true,
    () => false,
  );
  if (complete) return;
  const python = process.env['FLEETWRIGHT_PYTHON'] ?? 'python3';
  await run(
    python,
    ['-c', pythonCheck],
    'Cinder needs Python 3.11 or later with its venv module (Debian and Ubuntu: apt-get install python3-venv); ' +
      'FLEETWRIGHT_PYTHON can name another one',
  );
  say(`installing Cinder into ${folder}, about a minute, once`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'bin'), { recursive: true, mode: 0o700 });
  await run(python, ['-m', 'venv', program.environment], 'the virtual environment could not be made');
  const pip = [
    '-m',
    'pip',
    '--disable-pip-version-check',
    'install',
    '--quiet',
    '--no-input',
    '--require-hashes',
    '-r',
  ];
  await run(
    join(program.environment, 'bin', 'python3'),
    [...pip, requirements],
    'the packages could not be installed: check the connection to the package index (PIP_INDEX_URL)',
  );
  // Cinder runs some programs by sudo and rootwrap; whoever can start a zone is root already.
  const sudo = '#!/bin/sh\n[ "$1" = cinder-rootwrap ] && shift 2\nexec "$@"\n';
  await writeFile(join(folder, 'bin', 'sudo'), sudo);
  await chmod(join(folder, 'bin', 'sudo'), 0o755);
  await makeDatabase(folder, program);
  await writeFile(mark, '');
  say('Cinder is installed');
}

async function makeDatabase(folder: string, program: CinderProgram): Promise<void> {
  const file = join(folder, 'cinder.conf');
  const places = { folder, share: folder, backups: folder, database: program.emptyDatabase, port: 1, name: 'nobody' };
  await writeFile(file, configuration(program.environment, places));
  await run(
    join(program.environment, 'bin', 'cinder-manage'),
    ['--config-file', file, 'db', 'sync'],
    'the tables of Cinder could not be made',
  );
}

async function run(command: string, args: readonly string[], failure: string): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-4000)));
  const code: unknown = await once(child, 'close').then(
    ([exit]) => exit,
    (error: Error) => error.message,
  );
  if (code !== 0) throw new CinderError('CINDER_SETUP', `${failure}.\n${output === '' ? String(code) : output}`);
}
