import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { RunNotPreparedError, RunRemovedError } from '../../../controllers/agenttask/executors/errors.ts';
import { launchSupervisor } from '../../../controllers/agenttask/executors/launch.ts';
import { openLocalExecutor } from '../../../controllers/agenttask/executors/local.ts';
import { scratchFolder } from '../../../controllers/agenttask/executors/prepare.ts';
import { hostFolder } from '../../hosts/hosts.ts';
import { writeOnHost } from '../../hosts/look.ts';
import { play } from '../../hosts/play.ts';
import { Site, available, ended, resultClasses, skipNote } from './support.ts';

const count = '- raw: echo ran >> {{ folder }}/{{ file }}';
const counting = play(count);
/** Then waits for a file. */
const countingSlowly = play(`${count}\n- raw: while ! test -e {{ folder }}/go; do sleep 0.1; done`);
const nothing = play('- debug:');

describe.skipIf(!available.ok)(`a run happens at most once${skipNote}`, () => {
  let site: Site;
  const callers: ChildProcess[] = [];
  beforeAll(async () => {
    site = await Site.open();
  });
  afterAll(async () => {
    for (const caller of callers) {
      caller.kill('SIGKILL');
    }
    await site.close();
  });

  async function callerOf(id: string): Promise<ChildProcess> {
    const caller = spawn(process.execPath, [join(import.meta.dirname, 'caller.ts'), site.stateFolder, id], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    callers.push(caller);
    await once(caller.stdout, 'data');
    return caller;
  }

  test('started again and again, by several processes at the same moment, it runs once', async () => {
    const run = site.spec(counting, { variables: { file: 'raced' } });
    await Promise.all([site.executor.prepare(run), site.executor.prepare(run), site.executor.prepare(run)]);
    await Promise.all([
      ...Array.from({ length: 5 }, async () => site.executor.start(run.id)),
      ...Array.from({ length: 3 }, async () => callerOf(run.id)),
    ]);
    expect((await site.finished(run.id)).outcome).toBe('successful');
    await site.executor.prepare(run);
    await site.executor.start(run.id);
    expect((await site.executor.inspect(run.id)).state).toBe('finished');
    expect(await Promise.all([0, 1, 2].map(async (index) => site.onHost(index, 'raced')))).toEqual([
      'ran\n',
      'ran\n',
      'ran\n',
    ]);
  });

  test('a run outlives the process that started it and is found again by another one', async () => {
    const run = site.spec(countingSlowly, { variables: { file: 'orphan' } });
    await site.executor.prepare(run);
    const caller = await callerOf(run.id);
    caller.kill('SIGKILL');
    await once(caller, 'exit');
    const successor = await openLocalExecutor({ stateFolder: site.stateFolder });
    expect(successor.location).toBe(site.executor.location);
    expect(await successor.list()).toContain(run.id);
    expect(await successor.inspect(run.id)).toMatchObject({ state: 'running' });
    await successor.start(run.id);
    for (const host of site.hosts.hosts) await writeOnHost(host, join(hostFolder, 'go'), '');
    expect(await ended(successor, run.id)).toMatchObject({ state: 'finished', outcome: 'successful' });
    expect(resultClasses(await successor.results(run.id))).toEqual(['changed', 'changed', 'changed']);
    expect(await site.onHost(0, 'orphan')).toBe('ran\n');
    expect(await site.keyMode(run.id)).toBeUndefined();
  });

  test('when its supervisor is killed the run is lost, nothing of it lives on, and it never starts again', async () => {
    const run = site.spec(play(`${count}\n- raw: sleep 600`), { variables: { file: 'lost' } });
    await site.begin(run);
    await vi.waitFor(
      async () =>
        expect((await site.executor.results(run.id)).hosts.every(({ counts }) => counts.changed === 1)).toBe(true),
      { timeout: 60_000, interval: 50 },
    );
    const supervisor = await site.supervisor(run.id);
    process.kill(supervisor, 'SIGKILL');
    // A process takes a moment to die; until then the run is running.
    await vi.waitFor(async () => expect(await site.executor.inspect(run.id)).toMatchObject({ state: 'lost' }), {
      timeout: 60_000,
    });
    expect(await site.processes(run.id)).toEqual([]);
    expect(await site.keyMode(run.id)).toBeUndefined();
    await site.executor.start(run.id);
    expect((await site.executor.inspect(run.id)).state).toBe('lost');
    const results = await site.executor.results(run.id);
    expect(results.hosts.map(({ counts }) => counts.changed)).toEqual([1, 1, 1]);
    expect(await site.onHost(2, 'lost')).toBe('ran\n');
    await site.executor.remove(run.id);
    expect(await site.executor.list()).not.toContain(run.id);
  });

  test('a supervisor that cannot come up is an error that says why, and nothing was started', async () => {
    const run = site.spec(nothing);
    await site.executor.prepare(run);
    const folder = join(site.stateFolder, run.id);
    await expect(launchSupervisor('/nonexistent/python3', run.id, folder, '/usr/bin')).rejects.toThrow(
      /\/nonexistent\/python3 cannot be run/,
    );
    await expect(launchSupervisor('python3', run.id, `${folder}-gone`, '/usr/bin:/bin')).rejects.toThrow(
      /cannot read the run folder/,
    );
    expect(await site.executor.inspect(run.id)).toEqual({ state: 'prepared' });
  });

  test('once removed it cannot come back under the same id', async () => {
    const { id } = await site.run(nothing, { hosts: [site.host(0).address] });
    await site.executor.remove(id);
    await site.executor.remove(id);
    expect(await site.executor.inspect(id)).toEqual({ state: 'absent' });
    await expect(site.executor.prepare(site.spec(nothing, { id }))).rejects.toBeInstanceOf(RunRemovedError);
    await expect(site.executor.start(id)).rejects.toBeInstanceOf(RunRemovedError);
  });

  test('a run that was prepared and removed can be prepared again, key and all', async () => {
    const run = site.spec(nothing);
    await expect(site.executor.start(run.id)).rejects.toBeInstanceOf(RunNotPreparedError);
    await site.executor.prepare(run);
    expect(await site.keyMode(run.id)).toBe(0o600);
    await site.executor.remove(run.id);
    expect(await site.keyMode(run.id)).toBeUndefined();
    await site.executor.prepare(run);
    expect(await site.executor.inspect(run.id)).toEqual({ state: 'prepared' });
  });

  test('what a process left half-written when it died is swept, what a living one writes is not', async () => {
    const dead = join(site.stateFolder, '.scratch-999999999-1-1');
    await mkdir(dead);
    await writeFile(join(dead, 'ssh_key'), 'secret');
    const living = await scratchFolder(site.stateFolder);
    await mkdir(living);
    await openLocalExecutor({ stateFolder: site.stateFolder });
    const names = await readdir(site.stateFolder);
    expect(names).not.toContain(basename(dead));
    expect(names).toContain(basename(living));
  });

  test('that an id was used is remembered for weeks, not for ever', async () => {
    const marks = join(site.stateFolder, '.ended');
    const old = new Date(Date.now() - 31 * 86_400_000);
    for (const name of ['old', 'young']) {
      await writeFile(join(marks, name), '');
    }
    await utimes(join(marks, 'old'), old, old);
    await openLocalExecutor({ stateFolder: site.stateFolder });
    const names = await readdir(marks);
    expect(names).not.toContain('old');
    expect(names).toContain('young');
  });
});
