import { readdir, readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

const tales = new URL('stories/', import.meta.url);
const page = await readFile(new URL('../../../../docs/clusterstage.md', import.meta.url), 'utf8');

test('the page says of every reason that a story meets what it means', async () => {
  const texts = await Promise.all((await readdir(tales)).map((file) => readFile(new URL(file, tales), 'utf8')));
  const reasons = new Set(
    texts.flatMap((text) => [...text.matchAll(/ = [a-z]+ +([A-Z]\w+): /g)].map(([, reason]) => reason)),
  );
  expect(reasons.size).toBeGreaterThan(15);
  const told = new Set([...page.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell = '']) => cell.match(/\w+/g) ?? []));
  expect([...reasons].filter((reason) => reason !== undefined && !told.has(reason))).toEqual([]);
});
