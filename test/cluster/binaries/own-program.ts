import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { ClusterError } from '../errors.ts';
import { withLock } from '../lock.ts';
import { goBuild, goMissingMessage } from './go.ts';
import { isExecutable, placesFrom } from './lookup.ts';
import { buildHint, withProgress, type Log } from './progress.ts';
import { publish } from './publish.ts';

/** A Go program of this repository. */
export interface OwnProgram {
  /** Of its file in the cache. */
  readonly name: string;
  /** The folder with its sources. */
  readonly sources: string;
  /** What people are told while it is built. */
  readonly title: string;
}

/**
 * The path of the program, built where the cache does not hold it yet. The cache is keyed by the sources and by the
 * version of Go, so that a change of either is never run with an old binary. Throws ClusterError GO_MISSING or
 * BUILD_FAILED.
 */
export async function ownProgram({ name, sources, title }: OwnProgram, log: Log): Promise<string> {
  const { cacheFolder } = placesFrom(process.env);
  const file = `${name}-${await fingerprint(sources)}`;
  const path = join(cacheFolder, file);
  if (await isExecutable(path)) return path;
  const build = (output: string): Promise<void> =>
    goBuild({ module: sources, package: '.', ldflags: '-s -w' }, output, process.env);
  return withLock(`${path}.lock`, async () => {
    if (await isExecutable(path)) return path;
    return withProgress(log, `building ${title}`, buildHint(2), () => publish(cacheFolder, file, build));
  });
}

async function fingerprint(sources: string): Promise<string> {
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
