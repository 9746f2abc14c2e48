import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runPaths, type RunPaths } from '../../../../../controllers/agenttask/executors/run-folder.ts';
import { StepLog } from '../../../../../controllers/agenttask/executors/step-log.ts';

const times = (from: string, to: string): object => ({
  start: `2026-03-01T12:00:${from}+00:00`,
  end: `2026-03-01T12:00:${to}+00:00`,
});
const began = (time: string): number => Date.parse(`2026-03-01T12:00:${time}Z`);

describe('StepLog', () => {
  let folder: string;
  let paths: RunPaths;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fleetwright-steps-'));
    paths = runPaths(folder, 'run');
    await mkdir(paths.events, { recursive: true });
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function write(number: number, event: string, task: string): Promise<void> {
    const data = { host: 'web-1', task, task_uuid: task, task_action: 'ping', res: {} };
    await writeFile(
      join(paths.events, `${number}-${task}.json`),
      JSON.stringify({ event, created: '2026-03-01T12:00:00Z', event_data: data }),
    );
  }
  const names = async (log: StepLog, running: boolean): Promise<string[]> =>
    (await log.read('run', paths, running)).map(({ name, result }) => `${name} ${result}`);

  test('reads on where it was while a run goes on, and each file once', async () => {
    const log = new StepLog();
    await write(1, 'runner_on_start', 'a');
    expect(await names(log, true)).toEqual(['a running']);
    await write(2, 'runner_on_ok', 'a');
    await write(10, 'runner_on_start', 'b');
    // What was read is not read again.
    await rm(join(paths.events, '1-a.json'));
    expect(await names(log, true)).toEqual(['a ok', 'b running']);
    await write(11, 'runner_on_failed', 'b');
    expect(await names(log, false)).toEqual(['a ok', 'b failed']);
  });

  test('once the run is over it holds nothing back, and reads it from the files again', async () => {
    const log = new StepLog();
    await write(1, 'runner_on_start', 'a');
    expect(await names(log, false)).toEqual(['a running']);
    await write(1, 'runner_on_start', 'a2');
    await rm(join(paths.events, '1-a.json'));
    expect(await names(log, false)).toEqual(['a2 running']);
    expect(await names(log, true)).toEqual(['a2 running']);
    log.forget('run');
    await rm(paths.events, { recursive: true });
    expect(await names(log, true)).toEqual([]);
  });

  test('a step says what it left in the background: the one under way then, if any on this machine', async () => {
    const end = async (number: number, host: string, task: string, time: object): Promise<void> =>
      writeFile(
        join(paths.events, `${number}-${host}-${task}.json`),
        JSON.stringify({ event: 'runner_on_ok', event_data: { host, task, task_uuid: task, res: {}, ...time } }),
      );
    await end(1, 'localhost', 'a', times('00.100000', '00.400000'));
    await end(2, 'localhost', 'b', times('00.410000', '00.900000'));
    await end(3, 'web-1', 'b', times('00.410000', '00.900000'));
    await end(4, 'web-1', 'c', times('01.000000', '02.000000'));
    await end(5, 'web-2', 'c', times('01.000000', '02.000000'));
    const background = [
      { name: 'sleep', at: began('00.500') },
      { name: 'sleep', at: began('00.600') },
      { name: 'nginx', at: began('01.500') },
      { name: 'other', at: began('05.000') },
    ];
    await writeFile(paths.exited, JSON.stringify({ exitCode: 0, background }));
    const said = async (running: boolean): Promise<unknown[]> =>
      (await new StepLog().read('run', paths, running)).map(({ host, name, message }) => [host, name, message]);
    const left = 'left in the background on the machine of the run and killed at its end: ';
    expect(await said(false)).toEqual([
      ['localhost', 'a', undefined],
      ['localhost', 'b', `${left}sleep`],
      ['web-1', 'b', undefined],
      ['web-1', 'c', `${left}nginx`],
      ['web-2', 'c', `${left}nginx`],
    ]);
  });

  test('two readers at once do not count an event twice', async () => {
    const log = new StepLog();
    await write(1, 'runner_on_start', 'a');
    await names(log, true);
    await write(2, 'runner_on_ok', 'a');
    await write(3, 'runner_on_start', 'a');
    const both = await Promise.all([names(log, true), names(log, true)]);
    expect(both).toEqual([
      ['a ok', 'a running'],
      ['a ok', 'a running'],
    ]);
  });
});
