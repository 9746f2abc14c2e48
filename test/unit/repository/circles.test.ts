import { posix } from 'node:path';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

import { circlesIn } from './circles.ts';
import { absolute, filesOf } from './files.ts';
import { importsOf } from './imports.ts';

test('no modules import each other in a circle, not even for a type', async () => {
  const files = await filesOf('.ts');
  const imports = new Map<string, readonly string[]>();
  for (const file of files) {
    const named = importsOf(await readFile(absolute(file), 'utf8'));
    const own = named.filter((specifier) => specifier?.startsWith('.') === true);
    imports.set(
      file,
      own.map((specifier) => posix.join(posix.dirname(file), specifier ?? '')),
    );
  }
  expect(files.length).toBeGreaterThan(100);
  expect(circlesIn(imports).map((circle) => circle.join(' -> '))).toEqual([]);
});

test.each<readonly [Readonly<Record<string, readonly string[]>>, readonly string[]]>([
  [{ a: ['b'], b: ['c'], c: [] }, []],
  [{ a: ['b', 'c'], b: ['c'], c: [] }, []],
  [{ a: ['a'] }, ['a a']],
  [{ a: ['b'], b: ['a'] }, ['a b a']],
  [{ start: ['a'], a: ['b'], b: ['c'], c: ['a'] }, ['a b c a']],
  [{ a: ['b'], b: ['a'], c: ['d'], d: ['c'] }, ['a b a', 'c d c']],
])('of %j the circles are %j', (imports, expected) => {
  expect(circlesIn(new Map(Object.entries(imports))).map((circle) => circle.join(' '))).toEqual(expected);
});
