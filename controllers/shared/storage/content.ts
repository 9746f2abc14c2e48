import { createHash } from 'node:crypto';
import { open, readdir, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the controllers see the files of a zone. */
export interface ContentFolders {
  readonly backups: string;
  readonly volumes: string;
}

export interface ComparedContent {
  readonly backup: { readonly id: string; readonly container: string | undefined };
  readonly volumeID: string;
  /** GiB, of the volume that was backed up. */
  readonly size: number;
}

/** What a comparison came to. */
export type ContentVerdict =
  | { readonly verdict: 'equal'; readonly message: string }
  /** It is not what was backed up, or the backup is not the whole of it. */
  | { readonly verdict: 'different'; readonly message: string }
  /** Nothing is known of it, until somebody puts it right. */
  | { readonly verdict: 'unknown'; readonly message: string };

const gibibyte = 1024 ** 3;
/** Bytes that are read and digested at once: short enough that nothing else waits for it. */
const piece = 1024 * 1024;

/**
 * Compares a restored volume, which is a file, with the checksums that Cinder's chunked backup drivers keep beside a
 * backup, block by block. A file that is shorter than the volume reads as zeros from its end on: trailing zeros are not
 * written by a restore.
 *
 * A backup that holds less than the whole volume is no copy of it. Of a volume with a snapshot, on storage of files,
 * Cinder backs up the layer on top only, and restores it without a word.
 * @throws what the file system throws, but for files that are not there
 */
export async function compareContent(
  folders: ContentFolders,
  { backup, volumeID, size }: ComparedContent,
  signal: AbortSignal,
): Promise<ContentVerdict> {
  const sums = await checksumsOf(folders.backups, backup);
  if (sums === undefined)
    return { verdict: 'unknown', message: `there are no checksums of backup ${backup.id} in ${folders.backups}` };
  const path = await volumeFile(folders.volumes, volumeID);
  if (path === undefined)
    return { verdict: 'unknown', message: `there is no file of volume ${volumeID} in ${folders.volumes}` };
  const whole = size * gibibyte;
  const blocks = Math.ceil(whole / sums.blockSize);
  if (sums.digests.length !== blocks)
    return {
      verdict: 'different',
      message:
        `backup ${backup.id} holds ${sums.digests.length} blocks of ${sums.blockSize} bytes, ` +
        `and a volume of ${size} GiB has ${blocks}: it is not the whole volume, as when one is backed up ` +
        'that has snapshots; restore a backup of the snapshot',
    };
  const file = await open(path, 'r');
  try {
    for (const [index, expected] of sums.digests.entries()) {
      signal.throwIfAborted();
      const offset = index * sums.blockSize;
      const length = Math.min(sums.blockSize, whole - offset);
      if ((await digestOf(file, offset, length)) !== expected)
        return { verdict: 'different', message: `the volume differs from its backup from byte ${offset} on` };
    }
  } finally {
    await file.close();
  }
  return { verdict: 'equal', message: `${blocks} blocks of ${sums.blockSize} bytes are as in backup ${backup.id}` };
}

interface Checksums {
  /** Bytes. */
  readonly blockSize: number;
  /** SHA-256 in hexadecimal digits, in order. */
  readonly digests: readonly string[];
}

async function checksumsOf(
  folder: string,
  { id, container }: ComparedContent['backup'],
): Promise<Checksums | undefined> {
  // Not ours to trust: a path of another folder would be read and told of.
  if (container === undefined || container.split('/').includes('..')) return undefined;
  const place = join(folder, container);
  const name = (await namesIn(place)).find((file) => file.endsWith(`backup_${id}_sha256file`));
  if (name === undefined) return undefined;
  const { chunk_size: blockSize, sha256s: digests }: { chunk_size?: unknown; sha256s?: unknown } = JSON.parse(
    await readFile(join(place, name), 'utf8'),
  );
  if (typeof blockSize !== 'number' || !(blockSize > 0) || !Array.isArray(digests)) return undefined;
  return { blockSize, digests: digests.map(String) };
}

/** In the folder, or in one below it: a folder for each share is how Cinder has them. */
async function volumeFile(folder: string, volumeID: string): Promise<string | undefined> {
  const name = `volume-${volumeID}`;
  const entries = await readdir(folder, { withFileTypes: true }).catch(notThere);
  if (entries.some((entry) => entry.name === name)) return join(folder, name);
  for (const entry of entries)
    if (entry.isDirectory() && (await namesIn(join(folder, entry.name))).includes(name))
      return join(folder, entry.name, name);
  return undefined;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(notThere);
}

function notThere(error: unknown): never[] {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
  throw error;
}

async function digestOf(file: FileHandle, offset: number, length: number): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(Math.min(piece, length));
  for (let done = 0; done < length;) {
    const wanted = Math.min(buffer.length, length - done);
    const { bytesRead } = await file.read(buffer, 0, wanted, offset + done);
    // From its end on the file reads as zeros.
    if (bytesRead < wanted) buffer.fill(0, bytesRead, wanted);
    hash.update(buffer.subarray(0, wanted));
    done += wanted;
  }
  return hash.digest('hex');
}
