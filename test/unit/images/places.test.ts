import { readdir, readFile, writeFile } from 'node:fs/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { cacheFolder, cached } from '../../images/places.ts';
import { scratchFolder } from '../cluster/scratch.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

async function half(draft: string): Promise<void> {
  await writeFile(draft, 'half');
  throw new Error('the network is down');
}

test('A part is made once for each recipe', async () => {
  vi.stubEnv('XDG_CACHE_HOME', await scratchFolder());
  const make = vi.fn<(draft: string) => Promise<void>>((draft) => writeFile(draft, 'made'));
  const first = await cached('part.tar', { version: 1 }, make);
  expect(await cached('part.tar', { version: 1 }, make)).toBe(first);
  expect(await cached('part.tar', { version: 2 }, make)).not.toBe(first);
  expect(make).toHaveBeenCalledTimes(2);
  await expect(readFile(first, 'utf8')).resolves.toBe('made');
});

test('A part that could not be made leaves nothing in the cache', async () => {
  vi.stubEnv('XDG_CACHE_HOME', await scratchFolder());
  await expect(cached('part.tar', {}, half)).rejects.toThrow('the network is down');
  expect(await readdir(cacheFolder())).toEqual([]);
});
