import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { TokenFileError } from '../../../../apiserver/auth/errors.ts';
import { TokenFile } from '../../../../apiserver/auth/tokenfile.ts';

const first = 'first-token-0123456789-0123456789';
const second = 'second-token-0123456789-0123456789';

async function fileWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-token-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'token');
  await writeFile(path, text);
  return path;
}

describe('a file of tokens', () => {
  test('lets in its token and no other', async () => {
    const tokens = new TokenFile(await fileWith(`${first}\n`));
    expect(await tokens.has(first)).toBe(true);
    expect(await tokens.has(second)).toBe(false);
    expect(await tokens.has(first.slice(0, -1))).toBe(false);
    expect(await tokens.has(`${first} `)).toBe(false);
    expect(await tokens.has('')).toBe(false);
  });

  test('lets in each of several, so that callers can change over one by one', async () => {
    const tokens = new TokenFile(await fileWith(`${first}\r\n\n  ${second}\n`));
    expect(await tokens.has(first)).toBe(true);
    expect(await tokens.has(second)).toBe(true);
  });

  test('lets in a new token at once, after which the old one is out', async () => {
    const path = await fileWith(first);
    const tokens = new TokenFile(path, { lookAgainAfter: Number.POSITIVE_INFINITY });
    expect(await tokens.has(first)).toBe(true);
    await writeFile(`${path}.new`, second);
    await rename(`${path}.new`, path);
    expect(await tokens.has(second)).toBe(true);
    expect(await tokens.has(first)).toBe(false);
  });

  test('looks at the file again after a while, so that a withdrawn token stops working', async () => {
    const path = await fileWith(first);
    const tokens = new TokenFile(path, { lookAgainAfter: -1 });
    expect(await tokens.has(first)).toBe(true);
    await writeFile(path, second);
    expect(await tokens.has(first)).toBe(false);
  });

  test('that has gone lets nobody in', async () => {
    const path = await fileWith(first);
    const tokens = new TokenFile(path, { lookAgainAfter: -1 });
    expect(await tokens.has(first)).toBe(true);
    await rm(path);
    await expect(tokens.has(first)).rejects.toThrow(TokenFileError);
    await writeFile(path, first);
    expect(await tokens.has(first)).toBe(true);
  });

  test.each([
    ['', 'holds no token'],
    ['\n \n', 'holds no token'],
    ['short', 'token 1 cannot be used'],
    [`${first}\ntwo words that are long enough for it`, 'token 2 cannot be used'],
    ['ü'.repeat(40), 'token 1 cannot be used'],
  ])('with %j is refused, without repeating what is in it', async (text, expected) => {
    const read = new TokenFile(await fileWith(text)).read();
    await expect(read).rejects.toThrow(expected);
    await expect(read).rejects.not.toThrow('two words');
  });
});
