import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { StartError } from './errors.ts';
import { MARKER_NAME } from './isolation.ts';
import { plainLine } from './plain-text.ts';

const supervisor = join(import.meta.dirname, '..', 'runner', 'supervisor.py');

/**
 * Starts a supervisor for the run in `folder`, detached from this process. Resolves once the run is claimed, by it or
 * by an earlier one.
 * @throws StartError when the supervisor ended without that.
 */
export async function launchSupervisor(python: string, id: string, folder: string, searchPath: string): Promise<void> {
  // No site packages and no settings from the environment: it starts in a few milliseconds and does the same
  // everywhere.
  const child = spawn(python, ['-I', '-S', supervisor, folder], {
    cwd: '/',
    detached: true,
    env: { PATH: searchPath, LC_ALL: 'C.UTF-8', [MARKER_NAME]: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', (error) => {
      reject(new StartError(id, `${python} cannot be run (${error.message})`, { cause: error }));
    });
  });
  child.unref();
  // The supervisor closes both once it has claimed the run; so does its death.
  const [output, errors] = await Promise.race([failed, Promise.all([text(child.stdout), text(child.stderr)])]);
  if (!output.startsWith('started')) {
    const reason = plainLine(errors.trimEnd().split('\n').at(-1) ?? '');
    throw new StartError(id, reason === '' ? 'its supervisor ended at once' : reason);
  }
}
