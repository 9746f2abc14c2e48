import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Whether OpenSearch can run on this machine, and what is missing if not. */
export type Availability = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const oldestJava = 17;

/** Looks for what a node needs: Java, and Maven, which fetches its libraries. */
export async function openSearchAvailable(): Promise<Availability> {
  const java = await outputOf('java', '-version');
  const version = /version "(\d+)/.exec(java ?? '')?.[1];
  if (version === undefined || Number(version) < oldestJava)
    return {
      ok: false,
      reason: `OpenSearch needs Java ${oldestJava} or later (Debian package openjdk-${oldestJava}-jre-headless)`,
    };
  if ((await outputOf('mvn', '-version')) === undefined)
    return { ok: false, reason: 'OpenSearch is fetched by Maven, which is not installed (Debian package maven)' };
  if (process.getuid?.() === 0 && (await outputOf('setpriv', '--version')) === undefined)
    return { ok: false, reason: 'OpenSearch does not run as root: setpriv is needed (Debian package util-linux)' };
  return { ok: true };
}

/** Java tells its version on the standard error. */
async function outputOf(program: string, flag: string): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [flag]);
    return `${stdout}${stderr}`;
  } catch {
    return undefined;
  }
}
