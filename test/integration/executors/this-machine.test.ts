import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RunStep } from '../../../crds/runlog.ts';
import type { Executor, FinishedRun, RunResults, RunSpec } from '../../../controllers/agenttask/executors/executor.ts';
import { runMarker } from '../../../controllers/agenttask/executors/isolation.ts';
import { openLocalExecutor } from '../../../controllers/agenttask/executors/local.ts';
import { findRunProcesses } from '../../../controllers/agenttask/executors/processes.ts';
import { setUpAnsible } from '../../../controllers/agenttask/runner/setup.ts';
import { PodSite } from './pod-support.ts';
import { ended } from './support.ts';

interface Told {
  readonly state: FinishedRun;
  readonly results: RunResults;
  readonly steps: readonly RunStep[];
}

const play = (...tasks: readonly object[]): string =>
  JSON.stringify([{ hosts: 'all', connection: 'local', gather_facts: false, tasks }]);

const job = (change: object): object => ({ command: 'sleep 1', async: 60, ...change });

describe('runs on the machine of the executor', () => {
  let stateFolder: string;
  let executor: Executor;
  let count = 0;
  beforeAll(async () => {
    await setUpAnsible((line) => console.log(line));
    stateFolder = await mkdtemp(join(tmpdir(), 'fleetwright-here-'));
    executor = await openLocalExecutor({ stateFolder });
  });
  afterAll(async () => {
    await rm(stateFolder, { recursive: true, force: true });
  });

  async function begin(content: string, change: Partial<RunSpec> = {}): Promise<string> {
    count += 1;
    const id = `here-${count}`;
    await executor.prepare({
      id,
      hosts: ['localhost'],
      content,
      user: 'root',
      variables: {},
      forks: 5,
      timeoutSeconds: 600,
      hostKeyChecking: true,
      ...change,
    });
    await executor.start(id);
    return id;
  }

  async function told(id: string): Promise<Told> {
    const state = await ended(executor, id);
    if (state.state !== 'finished') throw new Error(`run ${id} is ${state.state}`);
    return { state, results: await executor.results(id), steps: await executor.steps(id) };
  }

  const run = async (content: string, change: Partial<RunSpec> = {}): Promise<Told> =>
    told(await begin(content, change));

  test('pauses and the debugger go on at once, and a variable that is asked for has its default', async () => {
    const { state, results } = await run(
      JSON.stringify([
        {
          hosts: 'all',
          gather_facts: false,
          vars_prompt: [
            { name: 'release', prompt: 'Which', default: 'stable' },
            { name: 'answered', prompt: 'What' },
          ],
          tasks: [
            { assert: { that: ["release == 'stable'", "answered == 'yes'"] } },
            { name: 'ask', pause: { prompt: 'Go on? Press Enter' }, register: 'answer' },
            { assert: { that: "answer.user_input == ''" } },
            { name: 'look', debugger: 'always', raw: 'true' },
          ],
        },
      ]),
      { variables: { answered: 'yes' } },
    );
    expect(state).toMatchObject({ outcome: 'successful', exitCode: 0 });
    expect(results.hosts).toMatchObject([{ result: 'changed', counts: { ok: 4, failed: 0 } }]);
  });

  test('a task that fails under the debugger fails, and the other hosts go on', async () => {
    const { state, results } = await run(
      play(
        { name: 'break', debugger: 'on_failed', raw: 'false', when: "inventory_hostname == 'localhost'" },
        { name: 'go on', raw: 'true' },
      ),
      { hosts: ['localhost', 'other'] },
    );
    expect(state.outcome).toBe('failed');
    expect(results.hosts).toMatchObject([
      { result: 'failed', message: expect.stringContaining('Task "break"') },
      { result: 'changed' },
    ]);
  });

  test('tasks with async are waited for over local connections, by whatever name, and when delegated', async () => {
    const look = { register: 'look', until: 'look is finished', retries: 100, delay: 1 };
    const { state, results } = await run(
      JSON.stringify([
        {
          hosts: 'all',
          connection: 'local',
          gather_facts: false,
          tasks: [
            job({ name: 'begun', poll: 0, register: 'job' }),
            { 'ansible.builtin.async_status': { jid: '{{ job.ansible_job_id }}' }, ...look },
          ],
        },
        {
          hosts: 'all',
          connection: 'ansible.builtin.local',
          gather_facts: false,
          tasks: [job({ name: 'waited for', poll: 1 })],
        },
        { hosts: 'all', gather_facts: false, tasks: [job({ name: 'delegated', poll: 1, delegate_to: 'localhost' })] },
      ]),
      { hosts: ['here'], variables: { ansible_python_interpreter: '/usr/bin/python3' } },
    );
    expect(results.hosts).toMatchObject([{ result: 'changed', counts: { ok: 4, failed: 0 } }]);
    expect(state.outcome).toBe('successful');
  });

  test('what a task leaves in the background is killed at the end of the run, and its step says so', async () => {
    const id = await begin(
      play(
        { name: 'nothing', raw: 'true' },
        { name: 'detached', shell: 'nohup setsid sleep 3600 >/dev/null 2>&1 & exit 0' },
        { name: 'job', command: 'sleep 3600', async: 3600, poll: 0 },
        { name: 'last', raw: 'true' },
      ),
    );
    const { state, steps } = await told(id);
    expect(state.outcome).toBe('successful');
    // The supervisor ends right after it has recorded the end.
    await expect.poll(() => findRunProcesses(runMarker(join(stateFolder, id)))).toEqual([]);
    const left = 'left in the background on the machine of the run and killed at its end: ';
    expect(steps.map(({ name, message }) => [name, message])).toEqual([
      ['nothing', undefined],
      ['detached', `${left}sleep`],
      ['job', expect.stringContaining(left)],
      ['last', undefined],
    ]);
  });

  test("modules and their arguments lie in the run's folder, also after it was killed, and go with it", async () => {
    const word = `argument-${process.pid}-${Date.now()}`;
    const id = await begin(play({ name: 'wait', command: { cmd: 'sleep 3600', creates: `/nowhere/${word}` } }));
    const inRun = join(stateFolder, id, 'tmp');
    await vi.waitFor(async () => expect(await filesWith(inRun, word)).not.toEqual([]), { timeout: 60_000 });
    await executor.requestStop(id, 'kill');
    expect(await filesWith(join(homedir(), '.ansible', 'tmp'), word)).toEqual([]);
    await executor.remove(id);
    expect(await readdir(stateFolder)).not.toContain(id);
  });
});

describe('runs on the machine of a pod', () => {
  let site: PodSite;
  beforeAll(async () => {
    site = await PodSite.openWithoutHosts();
  });
  afterAll(async () => {
    await site.close();
  });

  test('nobody is asked, tasks with async are waited for, and a process left behind is killed and told', async () => {
    const content = `\uFEFF- hosts: all
  gather_facts: false
  tasks:
    - {name: ask, pause: {prompt: Go on?}}
    - {name: wait, command: sleep 1, async: 60, poll: 1}
    - {name: leave, shell: setsid sleep 3600 >/dev/null 2>&1 &}
`;
    const { result, steps, pod } = await site.run(content, { run: { hosts: ['localhost'] }, secret: null });
    expect(result).toMatchObject({ outcome: 'successful', exitCode: 0 });
    expect([...steps.values()].map(({ name, message }) => [name, message])).toEqual([
      ['ask', undefined],
      ['wait', undefined],
      ['leave', 'left in the background on the machine of the run and killed at its end: sleep'],
    ]);
    await vi.waitFor(async () => expect(await pod.processes()).toEqual([]), { timeout: 60_000 });
  });
});

/** Names of the files below the folder that hold the text. */
async function filesWith(folder: string, text: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries.filter((file) => file.isFile())) {
    const path = join(entry.parentPath, entry.name);
    // Ansible takes its files away meanwhile.
    if ((await readFile(path, 'utf8').catch(() => '')).includes(text)) found.push(path);
  }
  return found;
}
