import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { binaries } from '../../cluster/binaries/catalogue.ts';

test.for(Object.values(binaries))('the sources of $name are pinned at its version, with checksums', async (binary) => {
  const goMod = await readFile(join(binary.module, 'go.mod'), 'utf8');
  const goSum = await readFile(join(binary.module, 'go.sum'), 'utf8');
  const required = [...goMod.matchAll(/^(?:require )?\t?(\S+) v(\S+)$/gm)].filter(
    ([, path]) => path !== undefined && `${binary.package}/`.startsWith(`${path}/`),
  );
  expect(required.map(([, , version]) => version)).toEqual([binary.version]);
  const module = required[0]?.[1] ?? '';
  expect(goSum).toContain(`${module} v${binary.version} h1:`);
});
