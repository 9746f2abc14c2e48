import { errorAt, type Cause } from '../storage/causes.ts';

const notWritable: Cause = {
  code: 'HISTORY_NOT_WRITABLE',
  fix: 'let the user of this process own the file and its folder, on a disk that is not mounted read-only',
};
const full: Cause = {
  code: 'HISTORY_DISK_FULL',
  fix: 'the disk is full: make room; nothing is lost, what could not be recorded is recorded then',
};
const corrupt: Cause = {
  code: 'HISTORY_CORRUPT',
  fix:
    'the file is damaged or no history: move it away, ' +
    'with those of the same name that end in -wal and -shm, and bring back a copy, or let a new history begin',
};
const busy: Cause = {
  code: 'HISTORY_BUSY',
  fix:
    'another process is writing to it for long: it is tried again; ' +
    'see which processes have it open when this goes on',
};

/** By the primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const bySqlite: Readonly<Record<number, Cause>> = {
  3: notWritable,
  5: busy,
  6: busy,
  8: notWritable,
  11: corrupt,
  13: full,
  14: notWritable,
  26: corrupt,
};
const bySystem: Readonly<Record<string, Cause>> = {
  EACCES: notWritable,
  EPERM: notWritable,
  EROFS: notWritable,
  EISDIR: notWritable,
  EEXIST: notWritable,
  ENOTDIR: notWritable,
  ENOSPC: full,
  EDQUOT: full,
};

/**
 * @returns what to throw in the place of an error of SQLite or of the file system; errors of our own pass unchanged.
 */
export function historyError(path: string, error: unknown): Error {
  return errorAt(path, error, causeOf);
}

function causeOf(error: Error): Cause | undefined {
  if ('errcode' in error && typeof error.errcode === 'number') {
    return (
      bySqlite[error.errcode & 0xff] ?? {
        code: 'HISTORY_FAILED',
        fix: 'see the message of SQLite, and the system log for errors of the disk',
      }
    );
  }
  return 'code' in error && typeof error.code === 'string' ? bySystem[error.code] : undefined;
}
