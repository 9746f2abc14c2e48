import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { identifyProcess, isSameProcess } from '../../cluster/process-identity.ts';

test('a running process is recognised again until it ends', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const identity = await identifyProcess(child.pid ?? 0);
  expect(identity?.started).toMatch(/./);
  expect(identity !== undefined && (await isSameProcess(identity))).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(identity !== undefined && (await isSameProcess(identity))).toBe(false);
});

test('another process with the same number is not taken for it', async () => {
  expect(await isSameProcess({ pid: process.pid, started: 'another time' })).toBe(false);
});
