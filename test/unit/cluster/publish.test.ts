import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publish } from '../../cluster/binaries/publish.ts';
import { scratchFolder } from './scratch.ts';

test('an executable appears whole: nothing of that name exists while it is being written', async () => {
  const folder = join(await scratchFolder(), 'bin');
  const seen: string[] = [];
  const path = await publish(folder, 'tool-1', async (draft) => {
    await writeFile(draft, 'whole');
    seen.push(...(await readdir(folder)));
  });
  expect(seen).not.toContain('tool-1');
  expect(await readFile(path, 'utf8')).toBe('whole');
  expect((await stat(path)).mode & 0o111).toBe(0o111);
  expect(await readdir(folder)).toEqual(['tool-1']);
});

test('a failure leaves nothing, and keeps what was published before', async () => {
  const folder = await scratchFolder();
  await publish(folder, 'tool-1', (draft) => writeFile(draft, 'old'));
  const failing = publish(folder, 'tool-1', async (draft) => {
    await writeFile(draft, 'half');
    throw new Error('interrupted');
  });
  await expect(failing).rejects.toThrow('interrupted');
  expect(await readdir(folder)).toEqual(['tool-1']);
  expect(await readFile(join(folder, 'tool-1'), 'utf8')).toBe('old');
});
