import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { compareContent, type ContentVerdict } from '../../../../../controllers/shared/storage/content.ts';

/** Bytes. */
const block = 32 * 1024 * 1024;
const whole = 1024 ** 3;
const zeros = createHash('sha256').update(Buffer.alloc(block)).digest('hex');
/** However long a busy machine takes for a gigabyte. */
const untroubled = new AbortController().signal;

interface Files {
  /** What the backup was made of, from its beginning; the rest is zeros. */
  readonly backedUp: Buffer;
  /** What is in the file of the new volume. */
  readonly restored: Buffer;
  /** Bytes of that file. */
  readonly size?: number;
  /** Blocks that the backup has. */
  readonly blocks?: number;
  /** The folder below that of the volumes in which the file is. */
  readonly share?: string;
}

async function verdictOf({
  backedUp,
  restored,
  size = whole,
  blocks = whole / block,
  share = 'a',
}: Files): Promise<ContentVerdict> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-content-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const backups = join(folder, 'backups');
  const volumes = join(folder, 'volumes');
  await mkdir(join(backups, 'ab', 'cd'), { recursive: true });
  await mkdir(join(volumes, share), { recursive: true });
  const first = createHash('sha256').update(Buffer.concat([backedUp, Buffer.alloc(block - backedUp.length)]));
  const sha256s = [first.digest('hex'), ...Array.from({ length: blocks - 1 }, () => zeros)];
  const sums = JSON.stringify({ version: '1.0.0', chunk_size: block, sha256s });
  await writeFile(join(backups, 'ab', 'cd', 'volume_v_20260101_backup_b-1_sha256file'), sums);
  const file = join(volumes, share, 'volume-new');
  await writeFile(file, restored);
  await truncate(file, size);
  const content = { backup: { id: 'b-1', container: 'ab/cd' }, volumeID: 'new', size: 1 };
  return compareContent({ backups, volumes }, content, untroubled);
}

const data = Buffer.from('the accounts of the year');

test('a volume that holds what was backed up is equal', async () => {
  expect(await verdictOf({ backedUp: data, restored: data })).toEqual({
    verdict: 'equal',
    message: '32 blocks of 33554432 bytes are as in backup b-1',
  });
});

test('zeros at the end need not be in the file, nor the file in a folder of its share', async () => {
  const verdict = await verdictOf({ backedUp: data, restored: data, size: data.length, share: '.' });
  expect(verdict).toMatchObject({ verdict: 'equal' });
});

test('a volume that is empty differs', async () => {
  expect(await verdictOf({ backedUp: data, restored: Buffer.alloc(0) })).toEqual({
    verdict: 'different',
    message: 'the volume differs from its backup from byte 0 on',
  });
});

test('a single byte too many differs', async () => {
  const more = Buffer.concat([Buffer.alloc(0), data, Buffer.from('!')]);
  expect(await verdictOf({ backedUp: data, restored: more })).toMatchObject({ verdict: 'different' });
});

test('a backup that is shorter than the volume is no copy of it, whatever was restored', async () => {
  const verdict = await verdictOf({ backedUp: data, restored: data, blocks: 1 });
  expect(verdict.verdict).toBe('different');
  expect(verdict.message).toContain('backup b-1 holds 1 blocks of 33554432 bytes, and a volume of 1 GiB has 32');
});

test.each([
  ['no checksums', { id: 'b-2', container: 'ab/cd' }],
  ['no folder of the backup', { id: 'b-1', container: 'nowhere' }],
  ['a store that does not say where the backup is', { id: 'b-1', container: undefined }],
  ['a path out of the folder', { id: 'b-1', container: '../backups/ab/cd' }],
])('nothing is known with %s', async (_what, backup) => {
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-content-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const verdict = await compareContent(
    { backups: folder, volumes: folder },
    { backup, volumeID: 'new', size: 1 },
    untroubled,
  );
  expect(verdict).toMatchObject({ verdict: 'unknown', message: expect.stringContaining('there are no checksums') });
});
