import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';

import { expect, test } from 'vitest';

import { absolute } from './files.ts';

const page = 'docs/rest/calls.md';

interface Row {
  /** As `POST /api/run`. */
  readonly call: string;
  readonly file: string;
  readonly title: string;
}

async function rows(): Promise<readonly Row[]> {
  const text = await readFile(absolute(page), 'utf8');
  return [...text.matchAll(/^\| `([^`]+)` \| [^|]+ \| \[([^\]]+)\]\(([^)]+)\) \|$/gm)].map(
    ([, call = '', title = '', target = '']) => ({ call, title, file: posix.join(posix.dirname(page), target) }),
  );
}

test('every documented call is in the list of calls, and nothing else', async () => {
  const { paths } = JSON.parse(await readFile(absolute('docs/openapi.json'), 'utf8')) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect((await rows()).map(({ call }) => call).toSorted()).toEqual(described.toSorted());
});

test('the test that the list names for a call is there', async () => {
  const wrong: string[] = [];
  for (const { call, file, title } of await rows()) {
    const text = await readFile(absolute(file), 'utf8').catch(() => '');
    if (!text.includes(`'${title}'`)) wrong.push(`${call}: ${file} has no test '${title}'`);
  }
  expect(wrong).toEqual([]);
});
