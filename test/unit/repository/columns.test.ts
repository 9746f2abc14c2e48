import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

import { absolute, filesOf } from './files.ts';

const columns = 120;

test.each([
  ['.ts', 100],
  ['.py', 3],
  ['.sh', 5],
])('every line of %s files fits 120 columns: the formatter breaks neither texts nor comments', async (ending, some) => {
  const sources = (await filesOf(ending)).filter((file) => !file.startsWith('crds/types/'));
  const tooLong: string[] = [];
  for (const file of sources) {
    const lines = (await readFile(absolute(file), 'utf8')).split('\n');
    for (const [index, line] of lines.entries()) if (line.length > columns) tooLong.push(`${file}:${index + 1}`);
  }
  expect(sources.length).toBeGreaterThanOrEqual(some);
  expect(tooLong).toEqual([]);
});
