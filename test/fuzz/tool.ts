import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { withLock } from '../cluster/lock.ts';
import { FuzzError } from './errors.ts';

const requirements = join(import.meta.dirname, 'requirements.txt');
const pythonCheck = 'import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 11) else 3)';

/**
 * Makes a Python environment with schemathesis in the user's cache, unless it is there for the present requirements.
 * `say` receives progress.
 * @returns the path of the program. @throws FuzzError TOOL_MISSING with the fix
 */
export async function schemathesisProgram(say: (line: string) => void): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 16);
  const cache = process.env['XDG_CACHE_HOME'] ?? '';
  const folder = join(cache.startsWith('/') ? cache : join(homedir(), '.cache'), 'fleetwright', `schemathesis-${hash}`);
  await withLock(`${folder}.lock`, () => install(folder, say), {
    onWait: (owner) => say(`process ${owner} is installing schemathesis; waiting for it`),
  });
  return join(folder, 'bin', 'schemathesis');
}

async function install(folder: string, say: (line: string) => void): Promise<void> {
  // Written last: without it the folder is incomplete.
  const mark = join(folder, '.complete');
  if (
    await access(mark).then(
      () => true,
      () => false,
    )
  )
    return;
  const python = process.env['FLEETWRIGHT_PYTHON'] ?? 'python3';
  await run(
    python,
    ['-c', pythonCheck],
    'schemathesis needs Python 3.11 or later with its venv module ' +
      '(Debian and Ubuntu: apt-get install python3-venv); FLEETWRIGHT_PYTHON can name another one',
  );
  say(`installing schemathesis into ${folder}, about half a minute, once`);
  await rm(folder, { recursive: true, force: true });
  await run(python, ['-m', 'venv', folder], 'the virtual environment could not be made');
  const pip = [
    '-m',
    'pip',
    '--disable-pip-version-check',
    'install',
    '--quiet',
    '--no-input',
    '--require-hashes',
    '-r',
    requirements,
  ];
  await run(
    join(folder, 'bin', 'python3'),
    pip,
    'the packages could not be installed: check the connection to the package index (PIP_INDEX_URL)',
  );
  await writeFile(mark, '');
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
  if (code !== 0) throw new FuzzError('TOOL_MISSING', `${failure}.\n${output === '' ? String(code) : output}`);
}
