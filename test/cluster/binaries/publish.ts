import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const draftPrefix = '.draft-';

/**
 * Makes an executable appear in `folder` under `name` whole or not at all: `produce` writes to a temporary name beside
 * it, which is renamed once it is complete. Returns the final path. When `produce` throws, nothing is left behind.
 */
export async function publish(
  folder: string,
  name: string,
  produce: (draftPath: string) => Promise<void>,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `${draftPrefix}${name}-${process.pid}`);
  const final = join(folder, name);
  try {
    await produce(draft);
    await chmod(draft, 0o755);
    await rename(draft, final);
  } finally {
    await rm(draft, { force: true });
  }
  return final;
}

/** Removes what interrupted builds left. Only to be called by the holder of the build lock. */
export async function removeDrafts(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  await Promise.all(
    names.filter((name) => name.startsWith(draftPrefix)).map((name) => rm(join(folder, name), { force: true })),
  );
}
