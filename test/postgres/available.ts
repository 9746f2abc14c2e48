import { access, constants, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Where the programs of PostgreSQL are on this machine, or what is missing. */
export type Availability =
  | { readonly ok: true; readonly folder: string }
  | { readonly ok: false; readonly reason: string };

/** Where Debian puts them, a folder for each version, and not on the PATH. */
const debian = '/usr/lib/postgresql';
/** The version that the tests are for, as Debian 12 has it. */
const version = 15;

/** Looks for the server: of this version, else the latest of those of Debian, else on the PATH. */
export async function postgresAvailable(): Promise<Availability> {
  const path = (process.env['PATH'] ?? '').split(delimiter);
  if (!(await hasPrograms(path, ['setpriv'])))
    return { ok: false, reason: 'servers of PostgreSQL need the program setpriv (Debian package util-linux)' };
  const names = await readdir(debian).catch(() => []);
  const installed = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const folders = [version, ...installed.toSorted((a, b) => b - a)].map((each) => join(debian, String(each), 'bin'));
  for (const folder of [...folders, ...path])
    if (await hasPrograms([folder], ['postgres', 'initdb'])) return { ok: true, folder };
  return { ok: false, reason: 'PostgreSQL is not installed (Debian package postgresql)' };
}

/** Whether one of the folders has all of them. */
async function hasPrograms(folders: readonly string[], programs: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    try {
      for (const program of programs) await access(join(folder, program), constants.X_OK);
      return true;
    } catch {
      // Not here.
    }
  }
  return false;
}
