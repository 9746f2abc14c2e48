import { access, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { absolute, filesOf } from './files.ts';
import { anchorsOf, linksOf } from './links.ts';

/**
 * Says why a relative link of a document leads nowhere, or nothing when it leads somewhere or out of the repository.
 */
async function broken(
  document: string,
  target: string,
  read: (path: string) => Promise<string>,
): Promise<string | undefined> {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return undefined;
  const [path = '', anchor] = decodeURIComponent(target).split('#');
  const file = path === '' ? document : posix.join(posix.dirname(document), path);
  const text = await read(file).catch(() => undefined);
  if (text === undefined) return `there is no ${file}`;
  const wrong = anchor !== undefined && file.endsWith('.md') && !anchorsOf(text).has(anchor);
  return wrong ? `${file} has no heading for #${anchor}` : undefined;
}

async function readFromDisk(path: string): Promise<string> {
  if (path.endsWith('.md')) return readFile(absolute(path), 'utf8');
  await access(absolute(path));
  return '';
}

test('every relative link of every document leads somewhere', async () => {
  const problems: string[] = [];
  for (const document of await filesOf('.md')) {
    for (const { target, line } of linksOf(await readFile(absolute(document), 'utf8'))) {
      const problem = await broken(document, target, readFromDisk);
      if (problem !== undefined) problems.push(`${document}:${line}: ${target}: ${problem}`);
    }
  }
  expect(problems).toEqual([]);
});

describe('linksOf', () => {
  test('finds links, images, definitions and HTML links, with their lines', () => {
    const text = '[a](a.md) ![b](b.svg "title")\n\n[c]: c.md\n<img src="d.png"> [e](<e.md>)';
    expect(linksOf(text)).toEqual([
      { target: 'a.md', line: 1 },
      { target: 'b.svg', line: 1 },
      { target: 'c.md', line: 3 },
      { target: 'e.md', line: 4 },
      { target: 'd.png', line: 4 },
    ]);
  });

  test('takes no example in code for a link', () => {
    expect(linksOf('`[a](a.md)`\n```yaml\n[b](b.md)\n```\n~~~\n[c](c.md)\n~~~\n[d](d.md)')).toEqual([
      { target: 'd.md', line: 8 },
    ]);
  });
});

test('anchors are made as GitHub makes them, numbered when a heading comes twice', () => {
  const text = '# First steps\n## What `kube/` does, and why\n## First steps ##\n```\n# not a heading\n```';
  expect([...anchorsOf(text)]).toEqual(['first-steps', 'what-kube-does-and-why', 'first-steps-1']);
});

test.each([
  ['other.md', 'there is no docs/other.md'],
  ['../README.md#none', 'README.md has no heading for #none'],
  ['#none', 'docs/a.md has no heading for #none'],
  ['../README.md#start', undefined],
  ['#here', undefined],
  ['https://example.test/none', undefined],
  ['mailto:someone@example.test', undefined],
])('a link to %s is judged: %s', async (target, expected) => {
  const files: Readonly<Record<string, string>> = { 'docs/a.md': '# Here', 'README.md': '# Start' };
  const read = async (path: string): Promise<string> => {
    const text = files[path];
    if (text === undefined) throw new Error('ENOENT');
    return text;
  };
  expect(await broken('docs/a.md', target, read)).toBe(expected);
});
