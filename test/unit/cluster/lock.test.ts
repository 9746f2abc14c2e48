import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withLock } from '../../cluster/lock.ts';
import { identifyProcess } from '../../cluster/process-identity.ts';
import { scratchFolder } from './scratch.ts';

describe('the lock file', () => {
  test('names its owner while it is held and is gone afterwards', async () => {
    const folder = await scratchFolder();
    const path = join(folder, 'deep', 'lock');
    const content = await withLock(path, () => readFile(path, 'utf8'));
    expect(JSON.parse(content)).toMatchObject({ pid: process.pid });
    expect(await readdir(join(folder, 'deep'))).toEqual([]);
  });

  test('is gone after work that throws, and the error comes through', async () => {
    const folder = await scratchFolder();
    await expect(withLock(join(folder, 'lock'), () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    expect(await readdir(folder)).toEqual([]);
  });

  test('lets one in at a time', async () => {
    const path = join(await scratchFolder(), 'lock');
    let inside = 0;
    let most = 0;
    let entered = 0;
    const work = async (): Promise<void> => {
      inside++;
      entered++;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    };
    await Promise.all(Array.from({ length: 8 }, () => withLock(path, work, { pollMs: 1 })));
    expect({ most, entered }).toEqual({ most: 1, entered: 8 });
  });

  test('tells who holds it, once, and gives up with the way out in the message', async () => {
    const path = join(await scratchFolder(), 'lock');
    const owners: number[] = [];
    await withLock(path, async () => {
      const second = withLock(path, () => Promise.resolve(), {
        pollMs: 1,
        timeoutMs: 20,
        onWait: (pid) => owners.push(pid),
      });
      await expect(second).rejects.toMatchObject({ code: 'LOCK_TIMEOUT', message: expect.stringContaining(path) });
    });
    expect(owners).toEqual([process.pid]);
  });

  test('left by a process that is dead, is taken over', async () => {
    const path = join(await scratchFolder(), 'lock');
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const identity = await identifyProcess(child.pid ?? 0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await writeFile(path, JSON.stringify(identity));
    expect(await withLock(path, () => Promise.resolve('in'))).toBe('in');
  });

  test('of a dead process whose number another one was given, is taken over', async () => {
    const path = join(await scratchFolder(), 'lock');
    await writeFile(path, JSON.stringify({ pid: process.pid, started: 'another time' }));
    expect(await withLock(path, () => Promise.resolve('in'))).toBe('in');
  });

  test('with content that is not ours is taken over', async () => {
    const path = join(await scratchFolder(), 'lock');
    await writeFile(path, 'half a li');
    expect(await withLock(path, () => Promise.resolve('in'))).toBe('in');
  });

  test('left stale, is taken over by one of many at a time', async () => {
    const folder = await scratchFolder();
    const path = join(folder, 'lock');
    await writeFile(path, JSON.stringify({ pid: process.pid, started: 'another time' }));
    let entered = 0;
    await Promise.all(Array.from({ length: 8 }, () => withLock(path, () => Promise.resolve(entered++), { pollMs: 1 })));
    expect(entered).toBe(8);
    expect(await readdir(folder)).toEqual([]);
  });

  test('a folder in its place is reported, not waited for', async () => {
    const path = join(await scratchFolder(), 'lock');
    await mkdir(path);
    await expect(withLock(path, () => Promise.resolve())).rejects.toThrow(/EISDIR/);
  });
});
