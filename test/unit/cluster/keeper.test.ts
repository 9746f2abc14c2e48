import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { expect, onTestFinished, test } from 'vitest';

import { Keeper } from '../../cluster/keeper-client.ts';
import type { ProgramSpec } from '../../cluster/keeper-protocol.ts';
import { whileRunning } from '../../cluster/supervision.ts';

const never = new Promise<never>(() => undefined);

async function open(): Promise<{ readonly keeper: Keeper; readonly shell: (script: string) => ProgramSpec }> {
  const keeper = await Keeper.open();
  onTestFinished(() => keeper.end());
  const shell = (script: string): ProgramSpec => ({
    name: 'program',
    command: '/bin/sh',
    args: ['-c', script],
    logFile: join(keeper.folder, 'program.log'),
  });
  return { keeper, shell };
}

test('the end of a program is not missed, however busy its owner was meanwhile', async () => {
  const { keeper, shell } = await open();
  const starting = keeper.start(shell('exit 3'));
  await setImmediate();
  // By then start and end of the program have been told, and neither was heard.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  await starting;
  await expect(whileRunning(keeper, ['program'], never)).rejects.toThrow('program ended with exit code 3');
});

test('a program that is started again has not ended', async () => {
  const { keeper, shell } = await open();
  await keeper.start(shell('exit 3'));
  await expect(whileRunning(keeper, ['program'], never)).rejects.toThrow('exit code 3');
  await keeper.start(shell('sleep 60'));
  expect(await whileRunning(keeper, ['program'], Promise.resolve('done'))).toBe('done');
  await Promise.all([
    expect(whileRunning(keeper, ['program'], never)).rejects.toThrow('signal SIGKILL'),
    keeper.stop('program', 'SIGKILL'),
  ]);
});
