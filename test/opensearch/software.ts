import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { placesFrom } from '../cluster/binaries/lookup.ts';
import { withProgress, type Log } from '../cluster/binaries/progress.ts';
import { withLock } from '../cluster/lock.ts';
import { messageOf } from '../../kube/thrown.ts';

/** Versions that tests and `make run` roll between. */
export const openSearchVersions = ['2.7.0', '2.9.0'] as const;

export type OpenSearchVersion = (typeof openSearchVersions)[number];

/** The libraries could not be fetched. */
class OpenSearchMissingError extends Error {
  readonly code = 'OPENSEARCH_MISSING';

  constructor(version: string, cause: unknown) {
    const command = `mvn -f test/opensearch/pom.xml -Dopensearch.version=${version} dependency:resolve`;
    super(
      `OpenSearch ${version} could not be fetched; see that Maven reaches its repository: ${command}\n` +
        messageOf(cause).slice(-1500),
      { cause },
    );
    this.name = 'OpenSearchMissingError';
  }
}

/**
 * @returns the folder of a node's program, as `opensearch.path.home` wants it. It is put together from Maven's
 * libraries once, and kept in the user's cache.
 * @throws OpenSearchMissingError
 */
export async function openSearchHome(version: OpenSearchVersion, log: Log): Promise<string> {
  const cache = dirname(placesFrom(process.env).cacheFolder);
  const home = join(cache, `opensearch-${version}`);
  if (await isThere(home)) return home;
  return withLock(`${home}.lock`, async () => {
    if (await isThere(home)) return home;
    const draft = `${home}.draft-${process.pid}`;
    try {
      await withProgress(log, `fetching OpenSearch ${version}`, ', about 1 minute, once', () =>
        assemble(draft, version),
      );
      await rename(draft, home);
    } catch (error) {
      throw new OpenSearchMissingError(version, error);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
    return home;
  });
}

async function assemble(home: string, version: string): Promise<void> {
  const fetched = join(home, 'fetched');
  const transport = join(home, 'modules', 'transport-netty4');
  for (const name of ['lib', 'bin', 'plugins', 'extensions', 'config', 'fetched'])
    await mkdir(join(home, name), { recursive: true });
  await mkdir(transport, { recursive: true });
  await promisify(execFile)(
    'mvn',
    [
      '--batch-mode',
      '--quiet',
      '--file',
      join(import.meta.dirname, 'pom.xml'),
      `-Dopensearch.version=${version}`,
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${fetched}`,
    ],
    { maxBuffer: 16 * 1024 * 1024 },
  );
  for (const name of await readdir(fetched)) {
    const target = /^(netty-|transport-netty4)/.test(name) ? transport : join(home, 'lib');
    await rename(join(fetched, name), join(target, name));
  }
  await rm(fetched, { recursive: true });
  await writeFile(join(transport, 'plugin-descriptor.properties'), descriptor(version));
  await writeFile(join(transport, 'plugin-security.policy'), policy);
}

/** The module that speaks on the network comes as a library only; this makes a module of it. */
function descriptor(version: string): string {
  return `description=HTTP and transport by Netty
name=transport-netty4
version=${version}
opensearch.version=${version}
java.version=11
classname=org.opensearch.transport.Netty4Plugin
has.native.controller=false
`;
}

/** Without setContextClassLoader a node takes half a minute to end. */
const policy = `grant {
  permission java.lang.RuntimePermission "getClassLoader";
  permission java.lang.RuntimePermission "setContextClassLoader";
  permission java.lang.RuntimePermission "accessDeclaredMembers";
  permission java.lang.reflect.ReflectPermission "suppressAccessChecks";
  permission java.net.SocketPermission "*", "accept,connect,listen,resolve";
  permission java.io.FilePermission "/proc/sys/net/core/somaxconn", "read";
};
`;

/** @param folder to which nodes get a copy of their own, which any user may read */
export async function copyHome(home: string, folder: string): Promise<void> {
  await cp(home, folder, { recursive: true });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
