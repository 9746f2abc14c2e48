import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Binary } from './catalogue.ts';

export interface Places {
  /** A folder of binaries that the user named; whatever it holds is taken as it is, of any version. */
  readonly assetsFolder?: string;
  readonly cacheFolder: string;
}

export interface FoundBinary {
  readonly path: string;
  readonly source: 'KUBEBUILDER_ASSETS' | 'cache';
}

/** Where to look, from the environment: KUBEBUILDER_ASSETS and XDG_CACHE_HOME (else ~/.cache). */
export function placesFrom(env: NodeJS.ProcessEnv): Places {
  const cacheHome = env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const assetsFolder = env['KUBEBUILDER_ASSETS'];
  return {
    ...(assetsFolder ? { assetsFolder } : {}),
    cacheFolder: join(cacheHome, 'fleetwright', 'bin'),
  };
}

/**
 * The first of: the named folder, our cache with the pinned version, our cache with another patch of the same minor.
 */
export async function findBinary(binary: Binary, places: Places): Promise<FoundBinary | undefined> {
  if (places.assetsFolder !== undefined) {
    const path = join(places.assetsFolder, binary.name);
    if (await isExecutable(path)) {
      return { path, source: 'KUBEBUILDER_ASSETS' };
    }
  }
  const path = await findCached(binary, places.cacheFolder);
  return path === undefined ? undefined : { path, source: 'cache' };
}

/** The file name under which a binary is cached. The version in it is the binary's own. */
export function cachedName(name: string, version: string): string {
  return `${name}-${version}`;
}

async function findCached(binary: Binary, folder: string): Promise<string | undefined> {
  const pinned = join(folder, cachedName(binary.name, binary.version));
  if (await isExecutable(pinned)) {
    return pinned;
  }
  // setup-envtest publishes some patch versions only, so what it brought may be another patch than the pinned one.
  const sameMinor = cachedName(binary.name, binary.version.replace(/\d+$/, ''));
  for (const name of await list(folder)) {
    const path = join(folder, name);
    if (name.startsWith(sameMinor) && /^\d+$/.test(name.slice(sameMinor.length)) && (await isExecutable(path))) {
      return path;
    }
  }
  return undefined;
}

async function list(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).toSorted();
  } catch {
    return [];
  }
}

export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
