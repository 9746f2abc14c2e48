import { createHash } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { placesFrom } from '../cluster/binaries/lookup.ts';

/** Where parts of images are kept for the next time, beside the programs of the local control plane. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(dirname(placesFrom(env).cacheFolder), 'images');
}

/**
 * The file or folder that `make` writes for this recipe, from the cache if it was made before. It appears there whole
 * or not at all. `recipe` is everything that determines the content.
 */
export async function cached(name: string, recipe: unknown, make: (draft: string) => Promise<void>): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16);
  const [stem, extension = ''] = name.split(/(?=\.)/);
  const path = join(cacheFolder(), `${stem}-${digest}${extension}`);
  if (await exists(path)) {
    return path;
  }
  await mkdir(cacheFolder(), { recursive: true });
  const draft = join(cacheFolder(), `.draft-${stem}-${digest}-${process.pid}${extension}`);
  try {
    await make(draft);
    // Only a folder that another process completed meanwhile keeps its place, and it is as good as this one.
    await rename(draft, path).catch(async (error: unknown) => {
      if (!(await exists(path))) throw error;
    });
    return path;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
