import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { hasCode } from '../../controllers/agenttask/executors/errors.ts';
import type { TestHost, TestHosts } from './hosts.ts';

/** Content of a file on the host, empty when it is not there. */
export async function readOnHost(hosts: TestHosts, host: TestHost, path: string): Promise<string> {
  try {
    return await hosts.fileOnHost(host, path);
  } catch (error) {
    // ESRCH: a process whose file it is ended between opening and reading.
    if (hasCode(error, 'ENOENT', 'ESRCH')) return '';
    throw error;
  }
}

/** Whether a process of the host is alive, by its number there. */
export async function aliveOnHost(hosts: TestHosts, host: TestHost, pid: string): Promise<boolean> {
  // Nothing but the dead have no command line: gone, or not yet taken away by their parent.
  return (await readOnHost(hosts, host, `/proc/${pid}/cmdline`)) !== '';
}

/** Writes a file on the host, as its root. */
export async function writeOnHost(host: TestHost, path: string, text: string): Promise<void> {
  await writeFile(join(`/proc/${host.pid}/root`, path), text);
}
