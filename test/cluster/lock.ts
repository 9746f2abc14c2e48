import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ClusterError, hasErrno } from './errors.ts';
import { identifyProcess, isSameProcess } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

export interface LockOptions {
  /** Called once, when the lock turns out to be held, with the pid that holds it. */
  readonly onWait?: (owner: number) => void;
  /** Milliseconds to wait for the owner. Default 30 minutes: a cold build of everything on a slow machine. */
  readonly timeoutMs?: number;
  /** Milliseconds between two looks at a held lock. */
  readonly pollMs?: number;
}

/**
 * Runs `work` while holding the lock file at `path`. The file names its owner, so that a lock left by a process that
 * died is taken over at once. Throws ClusterError LOCK_TIMEOUT when a living owner keeps it for longer than
 * `timeoutMs`.
 *
 * Mutual exclusion saves work and keeps progress lines readable; what is done under the lock is safe to do twice.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const mine = await describeSelf();
  await acquire(path, mine, options);
  try {
    return await work();
  } finally {
    await release(path, mine);
  }
}

async function describeSelf(): Promise<string> {
  const identity = (await identifyProcess(process.pid)) ?? { pid: process.pid, started: '' };
  return JSON.stringify({ ...identity, nonce: randomUUID() });
}

async function acquire(path: string, mine: string, options: LockOptions): Promise<void> {
  const deadline = Date.now() + (options.timeoutMs ?? 30 * 60_000);
  let announced = false;
  while (!(await tryCreate(path, mine))) {
    const held = await readOptional(path);
    if (held === undefined) {
      continue;
    }
    const owner = parseOwner(held);
    if (owner === undefined || !(await isSameProcess(owner))) {
      await evict(path, held);
      continue;
    }
    if (!announced) {
      announced = true;
      options.onWait?.(owner.pid);
    }
    if (Date.now() > deadline) {
      throw new ClusterError(
        'LOCK_TIMEOUT',
        `Process ${owner.pid} still holds ${path}. Wait for it, or end that process and try again.`,
      );
    }
    await delay(options.pollMs ?? 250);
  }
}

/** Creates the lock with its content in one step: nobody can read a lock that does not name its owner yet. */
async function tryCreate(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content, { mode: 0o600 });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasErrno(error, 'EEXIST')) {
      return false;
    }
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Moves a dead owner's lock away. Two processes may do this at the same moment and the second may move the first one's
 * new lock: then it sees that the content is not what it judged, and puts the lock back.
 */
async function evict(path: string, judged: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== judged) {
      await link(aside, path);
    }
  } catch (error) {
    if (!hasErrno(error, 'ENOENT') && !hasErrno(error, 'EEXIST')) {
      throw error;
    }
  } finally {
    await rm(aside, { force: true });
  }
}

async function release(path: string, mine: string): Promise<void> {
  if ((await readOptional(path)) === mine) {
    await rm(path, { force: true });
  }
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
}

function parseOwner(content: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value === 'object' && value !== null && 'pid' in value && 'started' in value) {
      const { pid, started } = value;
      return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : undefined;
    }
  } catch {
    // Not ours, or cut short by a full disk: treated as left over.
  }
  return undefined;
}
