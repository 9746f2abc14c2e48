import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

import { absolute, filesOf } from './files.ts';

const columns = 120;
const comment = /^ *(?:\/\/|\/?\*)/;

test('comments fit 120 columns: the formatter lays out code alone', async () => {
  const sources = (await filesOf('.ts')).filter((file) => !file.startsWith('crds/types/'));
  const tooLong: string[] = [];
  for (const file of sources) {
    const lines = (await readFile(absolute(file), 'utf8')).split('\n');
    for (const [index, line] of lines.entries())
      if (line.length > columns && comment.test(line)) tooLong.push(`${file}:${index + 1}`);
  }
  expect(sources.length).toBeGreaterThan(100);
  expect(tooLong).toEqual([]);
});
