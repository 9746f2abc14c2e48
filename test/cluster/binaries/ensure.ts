import { join } from 'node:path';
import { ClusterError } from '../errors.ts';
import { withLock } from '../lock.ts';
import { binaries, envtestNames } from './catalogue.ts';
import type { Binary, BinaryName } from './catalogue.ts';
import { fetchWithEnvtest } from './envtest.ts';
import { goBuild } from './go.ts';
import { cachedName, findBinary, placesFrom } from './lookup.ts';
import type { Places } from './lookup.ts';
import { buildHint, withProgress } from './progress.ts';
import type { Log } from './progress.ts';
import { publish, removeDrafts } from './publish.ts';

export interface BinaryPaths {
  /** Throws ClusterError BINARY_MISSING for a program that was not asked for. */
  pathOf(name: BinaryName): string;
}

export interface EnsureOptions {
  readonly log?: Log;
  /** Environment for the look-up and for Go. Default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Paths of the named programs: found in KUBEBUILDER_ASSETS or in the cache, else fetched with setup-envtest, else built
 * from Go modules into the cache. Two processes that lack them build once: the second one waits and says so. Throws
 * ClusterError GO_MISSING or BUILD_FAILED.
 */
export async function ensureBinaries(names: readonly BinaryName[], options: EnsureOptions = {}): Promise<BinaryPaths> {
  const env = options.env ?? process.env;
  const log = options.log ?? (() => {});
  const places = placesFrom(env);
  if ((await missing(names, places)).length > 0) {
    await withLock(join(places.cacheFolder, 'build.lock'), () => provide(names, places, env, log), {
      onWait: (owner) => log(`process ${owner} is already building the control plane's binaries; waiting for it`),
    });
  }
  return collect(names, places);
}

async function provide(names: readonly BinaryName[], places: Places, env: NodeJS.ProcessEnv, log: Log): Promise<void> {
  // Looked up again: the process that held the lock before may have provided them all.
  const lacking = await missing(names, places);
  if (
    lacking.some((binary) => envtestNames.includes(binary.name)) &&
    (await fetchWithEnvtest(places.cacheFolder, env, log))
  ) {
    return provideFromSource(await missing(names, places), places, env, log);
  }
  return provideFromSource(lacking, places, env, log);
}

async function provideFromSource(
  lacking: readonly Binary[],
  places: Places,
  env: NodeJS.ProcessEnv,
  log: Log,
): Promise<void> {
  await removeDrafts(places.cacheFolder);
  if (lacking.length > 1) {
    const minutes = lacking.reduce((sum, binary) => sum + binary.minutes, 0);
    log(`${lacking.length} programs are to be built from source${buildHint(minutes)}`);
  }
  for (const binary of lacking) {
    const what = `building ${binary.name} ${binary.version}`;
    await withProgress(log, what, buildHint(binary.minutes), () =>
      publish(places.cacheFolder, cachedName(binary.name, binary.version), (draft) => goBuild(binary, draft, env)),
    );
  }
}

async function missing(names: readonly BinaryName[], places: Places): Promise<readonly Binary[]> {
  const found = await Promise.all(names.map((name) => findBinary(binaries[name], places)));
  return names.filter((_, index) => found[index] === undefined).map((name) => binaries[name]);
}

async function collect(names: readonly BinaryName[], places: Places): Promise<BinaryPaths> {
  const paths = new Map<BinaryName, string>();
  for (const name of names) {
    const found = await findBinary(binaries[name], places);
    if (found !== undefined) {
      paths.set(name, found.path);
    }
  }
  return {
    pathOf(name) {
      const path = paths.get(name);
      if (path === undefined) {
        throw new ClusterError(
          'BINARY_MISSING',
          `${name} is not among ${names.join(', ')}: name it in ensureBinaries().`,
        );
      }
      return path;
    },
  };
}
