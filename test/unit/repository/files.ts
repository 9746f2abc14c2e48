import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../', import.meta.url);

const notOurs = new Set(['node_modules', '.git', '.fleetwright', 'coverage']);

/** Paths of the repository's own files whose names end so, relative to its root, sorted. */
export async function filesOf(ending: string): Promise<readonly string[]> {
  const found: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    for (const entry of await readdir(new URL(folder, root), { withFileTypes: true })) {
      if (entry.isDirectory() && !notOurs.has(entry.name)) await visit(`${folder}${entry.name}/`);
      if (entry.isFile() && entry.name.endsWith(ending)) found.push(folder + entry.name);
    }
  };
  await visit('./');
  return found.map((path) => path.slice(2)).toSorted();
}

export function absolute(path: string): string {
  return fileURLToPath(new URL(path, root));
}
