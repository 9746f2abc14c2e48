import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { RunStillRunningError } from '../../../controllers/agenttask/executors/errors.ts';
import type { StopStage } from '../../../controllers/agenttask/executors/executor.ts';
import { play } from '../../hosts/play.ts';
import { Site, available, resultClasses, skipNote } from './support.ts';

/** First leaves a line on each host, then hangs. */
const hanging = `
- {name: first, raw: "echo begun >> {{ folder }}/{{ file }}"}
- {name: hang, raw: sleep 600}`.trim();

/** Also leaves a process in a session of its own on this machine, as some modules do. */
const detaching = `
- name: detach
  shell: setsid --fork sleep 600
  delegate_to: localhost
  connection: local
  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
  run_once: true
${hanging}`.trim();

describe.skipIf(!available.ok)(`stopping real runs${skipNote}`, () => {
  let site: Site;
  /** Id of a run whose time passes beside the other tests. */
  let late: string;
  beforeAll(async () => {
    site = await Site.open();
    const run = site.spec(play(hanging), { timeoutSeconds: 30, variables: { file: 'late' } });
    late = run.id;
    await site.begin(run);
  });
  afterAll(async () => {
    await site.close();
  });

  async function beginAndHang(content: string, file: string): Promise<string> {
    const run = site.spec(play(content), { variables: { file } });
    await site.begin(run);
    // The second task has begun on all hosts: its processes are there.
    await vi.waitFor(
      async () => {
        const results = await site.executor.results(run.id);
        expect(results.hosts.every(({ counts }) => counts.changed >= 1)).toBe(true);
        // The task on this machine counts for one of the hosts.
        for (const number of [0, 1, 2]) expect(await site.onHost(number, file)).toBe('begun\n');
      },
      { timeout: 60_000, interval: 50 },
    );
    return run.id;
  }

  test.each<StopStage>(['interrupt', 'terminate', 'kill'])(
    '%s ends a run half-way, with the results so far and no process, SSH master or key left',
    async (stage) => {
      const id = await beginAndHang(detaching, stage);
      expect(await site.executor.inspect(id)).toMatchObject({ state: 'running' });
      expect(await site.keyMode(id)).toBe(0o600);
      await expect(site.executor.remove(id)).rejects.toBeInstanceOf(RunStillRunningError);
      // One serves all tasks of a host.
      expect(await masters(id)).toBe(3);

      await site.executor.requestStop(id, stage);
      // Of the others, kill is over by the time the call returns.
      if (stage !== 'kill') await endOf(id, stage);
      expect(await site.executor.inspect(id)).toMatchObject({
        state: 'finished',
        outcome: 'canceled',
        exitCode: expect.not.toBeOneOf([0]),
        message: 'The run was stopped before its end.',
      });
      expect(await site.processes(id)).toEqual([]);
      expect(await site.keyMode(id)).toBeUndefined();
      const results = await site.executor.results(id);
      expect(results.hosts.every(({ counts }) => counts.changed >= 1)).toBe(true);
      expect(await site.onHost(0, stage)).toBe('begun\n');

      await site.executor.remove(id);
      expect(await site.executor.inspect(id)).toEqual({ state: 'absent' });
    },
  );

  /** Waits for the end of the run and of its processes. */
  async function endOf(id: string, stage: StopStage): Promise<void> {
    // As its controller does: a signal that meets Ansible while it is coming up may be lost.
    const again = setInterval(() => void site.executor.requestStop(id, stage), 10_000);
    onTestFinished(() => clearInterval(again));
    await site.finished(id);
    clearInterval(again);
    // The mark of the end comes just before the supervisor's own.
    await expect.poll(() => site.processes(id)).toEqual([]);
  }

  async function masters(id: string): Promise<number> {
    const commands = await Promise.all(
      (await site.processes(id)).map((pid) => readFile(join('/proc', String(pid), 'cmdline'), 'utf8').catch(() => '')),
    );
    return commands.filter((command) => command.startsWith('ssh: ') && command.includes('[mux]')).length;
  }

  test('a supervisor that does not answer is killed as well, and the run is lost', async () => {
    const id = await beginAndHang(hanging, 'frozen');
    process.kill(await site.supervisor(id), 'SIGSTOP');
    await site.executor.requestStop(id, 'kill');
    expect(await site.processes(id)).toEqual([]);
    expect((await site.executor.inspect(id)).state).toBe('lost');
    expect(await site.keyMode(id)).toBeUndefined();
  });

  test('a stop right after the start ends the run too', async () => {
    for (const stage of ['interrupt', 'terminate', 'kill'] satisfies StopStage[]) {
      const run = site.spec(play(hanging), { variables: { file: 'early' } });
      await site.begin(run);
      // While Ansible is still coming up a signal can fall between two programs; a caller may repeat a stage.
      await vi.waitFor(
        async () => {
          await site.executor.requestStop(run.id, stage);
          expect(await site.executor.inspect(run.id)).toMatchObject({ state: 'finished', outcome: 'canceled' });
        },
        { timeout: 60_000, interval: 500 },
      );
      await expect.poll(() => site.processes(run.id)).toEqual([]);
      expect(await site.keyMode(run.id)).toBeUndefined();
    }
  });

  test('the time limit ends a run by itself and keeps what was done', async () => {
    const state = await site.finished(late);
    expect(state).toMatchObject({ outcome: 'timeout', message: expect.stringContaining('time limit') });
    const results = await site.executor.results(late);
    expect(resultClasses(results)).toEqual(['failed', 'failed', 'failed']);
    expect(results.hosts[0]).toMatchObject({
      counts: { changed: 1 },
      message: 'The run ended during the task "hang"; what it did is not known.',
    });
    await expect.poll(() => site.processes(late)).toEqual([]);
    expect(await site.keyMode(late)).toBeUndefined();
  });

  test('a stop changes nothing in a run that has ended or never began', async () => {
    const state = await site.finished(late);
    await site.executor.requestStop(late, 'kill');
    expect(await site.executor.inspect(late)).toEqual(state);
    const run = site.spec(play(hanging));
    await site.executor.prepare(run);
    await site.executor.requestStop(run.id, 'kill');
    expect(await site.executor.inspect(run.id)).toEqual({ state: 'prepared' });
  });
});
