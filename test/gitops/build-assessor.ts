import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { goMissingMessage, runGo } from '../cluster/binaries/go.ts';
import { isExecutable, placesFrom } from '../cluster/binaries/lookup.ts';
import { withProgress, type Log } from '../cluster/binaries/progress.ts';
import { publish } from '../cluster/binaries/publish.ts';
import { ClusterError } from '../cluster/errors.ts';
import { withLock } from '../cluster/lock.ts';

const sources = join(import.meta.dirname, 'assess');

/**
 * The path of the program in assess/, built where the cache does not hold it yet. The cache is keyed by the sources and by the version of Go.
 * Throws ClusterError GO_MISSING or BUILD_FAILED.
 */
export async function buildAssessor(log: Log): Promise<string> {
  const { cacheFolder } = placesFrom(process.env);
  const name = `assess-${await fingerprint()}`;
  const path = join(cacheFolder, name);
  if (await isExecutable(path)) return path;
  return withLock(`${path}.lock`, async () => {
    if (await isExecutable(path)) return path;
    return withProgress(log, 'building the reader of kstatus and Argo CD health', ', about 1 minute, once', () => publish(cacheFolder, name, build));
  });
}

async function build(output: string): Promise<void> {
  const args = ['build', '-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags', '-s -w', '-o', output, '.'];
  await runGo({ args, cwd: sources, env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' } });
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(await goVersion());
  const names = (await readdir(sources)).filter((name) => name.endsWith('.go') || name.startsWith('go.'));
  for (const name of names.toSorted()) hash.update(`\0${name}\0`).update(await readFile(join(sources, name)));
  return hash.digest('hex').slice(0, 16);
}

async function goVersion(): Promise<string> {
  try {
    return (await promisify(execFile)('go', ['version'])).stdout;
  } catch (error) {
    throw new ClusterError('GO_MISSING', goMissingMessage, { cause: error });
  }
}
