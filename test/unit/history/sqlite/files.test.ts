import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { agentTaskHistory } from '../../../../history/agenttask/kind.ts';
import { rowsOf } from '../../../../history/agenttask/steps.ts';
import { openHistory } from '../../../../history/sqlite.ts';
import { Database } from '../../../../history/sqlite/database.ts';
import { endedAt, find, historyPath, openStore, see, steps, task } from '../samples.ts';

/** Begins a program that a process of its own runs. */
const imports = [
  ['openHistory', 'sqlite.ts'],
  ['agentTaskHistory', 'agenttask/kind.ts'],
]
  .map(([name, file = '']) => {
    const path = join(import.meta.dirname, '../../../../history', file);
    return `const { ${name} } = await import(${JSON.stringify(path)});`;
  })
  .join('\n');

const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

describe('the file', () => {
  test('is made with its folder, for nobody else to read', async () => {
    const path = join(dirname(await historyPath()), 'a', 'b', 'history.sqlite');
    const store = await openStore(path);
    await see(store, [task(1)]);
    expect(await Promise.all([mode(path), mode(`${path}-wal`), mode(`${path}-shm`), mode(dirname(path))])).toEqual([
      '600',
      '600',
      '600',
      '700',
    ]);
  });

  test('is made by one who only reads as well, so that no one has to start first', async () => {
    const path = await historyPath();
    const store = await openStore(path, { readOnly: true });
    expect(await store.highestId(agentTaskHistory)).toBe(0);
    expect(await mode(path)).toBe('600');
  });

  test('survives the end of a process that had no time to close it', async () => {
    const path = await historyPath();
    const ended = task(1, {}, endedAt('2026-11-21T12:00:09Z'));
    const program = `${imports}
      const store = await openHistory(${JSON.stringify(path)});
      await store.complete(agentTaskHistory, ${JSON.stringify(ended)}, ${JSON.stringify(rowsOf(steps))}, []);
      process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    expect((await find(await openStore(path, { readOnly: true }), 1))?.complete).toBe(true);
  });

  test('may be opened for the first time by many processes at once', async () => {
    const path = await historyPath();
    const program = `${imports}
      process.send('ready');
      process.once('message', async (number) => {
        const store = await openHistory(${JSON.stringify(path)}, { readOnly: number % 3 === 2 });
        await store.highestId(agentTaskHistory);
        await store.close();
        process.disconnect();
      });`;
    const children = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['--input-type=module', '--eval', program], {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      }),
    );
    const errors = children.map(async ({ stderr }) => stderr?.setEncoding('utf8').toArray() ?? Promise.resolve([]));
    await Promise.all(children.map((child) => once(child, 'message')));
    const ends = children.map((child) => once(child, 'exit'));
    children.forEach((child, number) => child.send(number));
    expect(await Promise.all(ends)).toEqual(children.map(() => [0, null]));
    // Also no warning that SQLite is an experiment.
    expect((await Promise.all(errors)).flat()).toEqual([]);
  });
});

describe('what cannot be used is refused, with what to do', () => {
  test.each([
    [
      'a file that is no history',
      'HISTORY_CORRUPT',
      /damaged or no history: move it away/,
      async (path: string) => writeFile(path, 'something else altogether, and long enough\n'.repeat(99)),
    ],
    [
      'a folder',
      'HISTORY_NOT_WRITABLE',
      /let the user of this process own the file/,
      async (path: string) => mkdir(path),
    ],
  ])('%s', async (_, code, message, prepare) => {
    const path = await historyPath();
    await prepare(path);
    await expect(openHistory(path)).rejects.toMatchObject({
      name: 'HistoryError',
      code,
      message: expect.stringMatching(message),
    });
    await expect(openHistory(path)).rejects.toThrow(path);
  });

  test('a path that leads through a file', async () => {
    const file = await historyPath();
    await writeFile(file, '');
    await expect(openHistory(join(file, 'history.sqlite'))).rejects.toMatchObject({
      code: 'HISTORY_NOT_WRITABLE',
      message: expect.stringContaining('let the user of this process own the file'),
    });
  });

  test('a file of a later release, which stays as it is', async () => {
    const path = await historyPath();
    await (await openHistory(path)).close();
    const database = new Database(path, false);
    database.run('INSERT INTO version (version, migrated) VALUES (?, ?)', 1000, '2030-01-01T00:00:00Z');
    database.close();
    const before = await readFile(path);
    for (const readOnly of [true, false])
      await expect(openHistory(path, { readOnly })).rejects.toMatchObject({
        code: 'HISTORY_NEWER',
        message: expect.stringContaining('version 1000'),
      });
    expect((await readFile(path)).equals(before)).toBe(true);
  });

  test('a history that is not there, where it cannot be made', async () => {
    const path = await historyPath();
    await writeFile(path, '');
    await expect(openHistory(join(path, 'history.sqlite'), { readOnly: true })).rejects.toMatchObject({
      code: 'HISTORY_MISSING',
      message: expect.stringContaining('start the recorder first'),
    });
  });
});
