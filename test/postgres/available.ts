import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Where the programs of PostgreSQL are on this machine, or what is missing. */
export type Availability =
  | { readonly ok: true; readonly folder: string }
  | { readonly ok: false; readonly reason: string };

/** The version that the tests are for, as Debian 12 has it. */
const version = 15;

/** Looks for the server: where Debian puts it, which is not on the PATH, and then there. */
export async function postgresAvailable(): Promise<Availability> {
  const folders = [`/usr/lib/postgresql/${version}/bin`, ...(process.env['PATH'] ?? '').split(delimiter)];
  for (const folder of folders) if (await hasServer(folder)) return { ok: true, folder };
  return { ok: false, reason: `PostgreSQL is not installed (Debian package postgresql-${version})` };
}

async function hasServer(folder: string): Promise<boolean> {
  try {
    for (const program of ['postgres', 'initdb']) await access(join(folder, program), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
