import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runPaths, type RunPaths } from '../../../../../controllers/agenttask/executors/run-folder.ts';
import { StepLog } from '../../../../../controllers/agenttask/executors/step-log.ts';

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
