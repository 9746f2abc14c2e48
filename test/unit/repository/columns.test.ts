import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

import { absolute, filesOf } from './files.ts';

const columns = 120;

test('every line fits 120 columns, texts and comments too: the formatter breaks neither', async () => {
  const sources = (await filesOf('.ts')).filter((file) => !file.startsWith('crds/types/'));
  const tooLong: string[] = [];
  for (const file of sources) {
    const lines = (await readFile(absolute(file), 'utf8')).split('\n');
    for (const [index, line] of lines.entries()) if (line.length > columns) tooLong.push(`${file}:${index + 1}`);
  }
  expect(sources.length).toBeGreaterThan(100);
  expect(tooLong).toEqual([]);
});
