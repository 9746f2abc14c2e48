import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { installPythonProgram, runOrExplain } from '../python/environment.ts';
import { programFolders } from './available.ts';
import { configuration } from './configuration.ts';

/** Cinder, ready to be started. */
export interface CinderProgram {
  /** The folder of its Python environment. */
  readonly environment: string;
  /** A database with all tables and nothing in them: to make one takes longer than to start a zone. */
  readonly emptyDatabase: string;
  /** Folders with the programs that it runs, for PATH. */
  readonly path: string;
}

/**
 * Makes a Python environment with Cinder in the user's cache, unless it is there for the present requirements.
 * @param say receives progress
 * @throws PythonError with the fix
 */
export async function setUpCinder(say: (line: string) => void): Promise<CinderProgram> {
  const requirements = join(import.meta.dirname, 'requirements.txt');
  const cinder = { name: 'Cinder', requirements, lasts: 'about a minute', finish };
  return programIn(await installPythonProgram(cinder, say));
}

function programIn(environment: string): CinderProgram {
  const path = [join(environment, 'tools'), join(environment, 'bin'), ...programFolders()];
  return { environment, emptyDatabase: join(environment, 'empty.sqlite'), path: path.join(':') };
}

async function finish(folder: string): Promise<void> {
  // Cinder runs some programs by sudo and rootwrap; whoever can start a zone is root already.
  const tools = join(folder, 'tools');
  await mkdir(tools, { mode: 0o700 });
  await writeFile(join(tools, 'sudo'), '#!/bin/sh\n[ "$1" = cinder-rootwrap ] && shift 2\nexec "$@"\n');
  await chmod(join(tools, 'sudo'), 0o755);
  await makeDatabase(programIn(folder));
}

async function makeDatabase({ environment, emptyDatabase }: CinderProgram): Promise<void> {
  const file = join(environment, 'cinder.conf');
  const folders = { folder: environment, share: environment, backups: environment };
  await writeFile(file, configuration(environment, { ...folders, database: emptyDatabase, port: 1, name: 'nobody' }));
  await runOrExplain(
    join(environment, 'bin', 'cinder-manage'),
    ['--config-file', file, 'db', 'sync'],
    'the tables of Cinder could not be made',
  );
}
