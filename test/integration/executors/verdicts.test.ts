import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunStep } from '../../../crds/runlog.ts';
import type { Executor, RunResults, RunState } from '../../../controllers/agenttask/executors/executor.ts';
import { openLocalExecutor } from '../../../controllers/agenttask/executors/local.ts';
import { mergeResults } from '../../../controllers/agenttask/executors/job/merge.ts';
import { decodePodResult, encodePodResult } from '../../../controllers/agenttask/executors/job/result.ts';
import { endingOf, type TaskEnding } from '../../../controllers/agenttask/run/outcome.ts';
import { endedResult } from '../../../controllers/agenttask/pod/verdict.ts';
import { setUpAnsible } from '../../../controllers/agenttask/runner/setup.ts';
import { variants } from '../../harness/matrix.ts';
import { ended } from './support.ts';

const calm = { stopRequested: false, outputLimit: undefined, overdue: false };

let stateFolder: string;
let executor: Executor;
beforeAll(async () => {
  await setUpAnsible((line) => console.log(line));
  stateFolder = await mkdtemp(join(tmpdir(), 'fleetwright-verdicts-'));
  executor = await openLocalExecutor({ stateFolder });
});
afterAll(async () => {
  await rm(stateFolder, { recursive: true, force: true });
});

interface Told {
  /** Phase, reason and message. */
  readonly verdict: string;
  /** Result and message by host. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly steps: readonly RunStep[];
}

/** Runs plays on hosts that are all this machine, to the end. */
async function run(content: string, hosts: readonly string[]): Promise<Told> {
  return told(await begin(content, hosts));
}

async function begin(content: string, hosts: readonly string[]): Promise<string> {
  const id = randomUUID();
  const user = 'nobody';
  const variables = { ansible_python_interpreter: '/usr/bin/python3' };
  await executor.prepare({ id, hosts, content, user, variables, forks: 5, timeoutSeconds: 300, hostKeyChecking: true });
  await executor.start(id);
  return id;
}

async function told(id: string): Promise<Told> {
  const state = await ended(executor, id);
  const results = await executor.results(id);
  const ending = verdictOn(state, results);
  expect(verdictOn(state, throughPod(state, results))).toEqual(ending);
  return {
    verdict: `${ending.phase} ${ending.reason}: ${ending.message}`,
    hosts: Object.fromEntries(
      ending.hosts.map(({ name, result, message }) => [name, message === undefined ? result : `${result}: ${message}`]),
    ),
    steps: await executor.steps(id),
  };
}

function verdictOn(state: RunState, results: RunResults): TaskEnding {
  if (state.state !== 'finished') throw new Error(`the run is ${state.state}`);
  return endingOf(state, results, calm);
}

/** The same results as a Job tells them, whose one pod had the run. */
function throughPod(state: RunState, results: RunResults): RunResults {
  if (state.state !== 'finished') throw new Error(`the run is ${state.state}`);
  const now = new Date();
  const text = encodePodResult(endedResult(state, results, { stopped: false, causeOfStop: undefined, now }));
  const result = decodePodResult(text);
  const hosts = results.hosts.map(({ name }) => name);
  const pod = { pod: { metadata: { name: 'p' } }, index: 0, begun: true, ended: true, result } as const;
  return mergeResults(hosts, hosts.length, [{ index: 0, pod: pod as never, vanished: false }]);
}

/** A play on hosts that are all this machine. */
function play(tasks: string, settings = 'hosts: all'): string {
  const indented = tasks.replaceAll(/^/gm, '    ');
  return `- ${settings.replaceAll('\n', '\n  ')}\n  connection: local\n  gather_facts: false\n  tasks:\n${indented}\n`;
}

function printing(size: number, rest: string): string {
  return `shell: head -c ${size} /dev/zero | tr '\\0' x; ${rest}\n  ignore_errors: true`;
}

/** Done by Ansible itself: a module would take half a second for each host. */
const changes = 'debug: {msg: done}\n  changed_when: true';
const work = `- name: Work\n  ${changes}`;
const onlyOnA = "when: inventory_hostname == 'a'";

function failsOn(host: string): string {
  return `- name: Try\n  fail: {msg: broken}\n  when: inventory_hostname == '${host}'`;
}

describe('the verdict on real runs', () => {
  test('a failure on localhost is named, and what became of the hosts decides on the phase', async () => {
    const fetch = play('- name: Fetch\n  fail: {msg: the mirror is down}', 'hosts: localhost');
    const before = await run(fetch + play(work), ['a', 'b']);
    const early = 'notRun: The run ended before all plays of the content began: later tasks may not have run here.';
    expect(before.verdict).toBe('Failed HostsFailed: 2 hosts: 2 not run; localhost: Task "Fetch": the mirror is down');
    expect(before.hosts).toEqual({ a: early, b: early });
    const after = await run(play(work) + fetch, ['a', 'b']);
    expect(after.verdict).toBe(
      'PartlySucceeded HostsFailed: 2 hosts: 2 changed; localhost: Task "Fetch": the mirror is down',
    );
    expect(after.hosts).toEqual({ a: 'changed', b: 'changed' });
  });

  test('a failure on a host that the content added is named with the last words of its command', async () => {
    const migrate = '- name: Migrate\n  command: /bin/sh -c "echo the schema is locked >&2; exit 4"';
    const { verdict } = await run(play('- add_host: {name: database, groups: found}') + play(migrate, 'hosts: found'), [
      'a',
    ]);
    expect(verdict).toBe(
      'PartlySucceeded HostsFailed: 1 host: 1 changed; ' +
        'database: Task "Migrate": non-zero return code (exit code 4): the schema is locked',
    );
  });

  test('plays that end themselves before they do anything, or have no tasks, succeed', async () => {
    const idle = { a: 'notRun: Nothing was to be done here.' };
    const succeeded = 'Succeeded Succeeded: nothing was to be done; 1 host: 1 not run';
    expect(await run(play(`- meta: end_play\n${work}`), ['a'])).toMatchObject({ verdict: succeeded, hosts: idle });
    const empty = '- hosts: all\n  gather_facts: false\n  tasks: []\n';
    expect(await run(empty, ['a'])).toMatchObject({ verdict: succeeded, hosts: idle });
  });

  test('content for other hosts has run nowhere, and a host that no play selects is told so', async () => {
    const elsewhere = await run(play(work, 'hosts: databases'), ['a']);
    expect(elsewhere.verdict).toBe(
      'Failed NothingRan: no play of the content selects any of the hosts; use "hosts: all"',
    );
    const half = await run(play(work, 'hosts: a'), ['a', 'b']);
    expect(half.verdict).toBe('Succeeded Succeeded: 2 hosts: 1 changed, 1 not run');
    expect(half.hosts).toEqual({ a: 'changed', b: 'notRun: No play of the content selects this host.' });
  });

  test('an error that the content clears is counted all the same', async () => {
    const forget = '- block:\n  - name: Break\n    raw: "false"\n  always:\n  - meta: clear_host_errors';
    const { verdict, hosts } = await run(play(forget) + play(work), ['a']);
    expect(verdict).toBe('Failed HostsFailed: 1 host: 1 failed; see status.hosts for a');
    expect(hosts).toEqual({ a: 'failed: Task "Break": non-zero return code (exit code 1)' });
  });

  test('hosts whose turn never came did not succeed, although Ansible ends with exit code 0', async () => {
    const { verdict, hosts } = await run(play(`${work}\n- meta: end_play`, 'hosts: all\nserial: 1'), ['a', 'b']);
    expect(verdict).toMatch(/^PartlySucceeded Incomplete: 2 hosts: 1 changed, 1 not run; .*see status.hosts for b$/);
    expect(hosts).toEqual({
      a: 'changed',
      b: 'notRun: A play ended before the turn of this host came (serial): its tasks did not run here.',
    });
  });

  test('hosts that the failure of a task for all cuts off are told, also where it is rescued', async () => {
    const once = '- block:\n  - name: Once\n    fail: {msg: no}\n    run_once: true';
    const rescue = '\n  rescue:\n  - name: Repair\n    debug:\n';
    const cut = 'Task "Once" failed on a, which ended the play (run_once): later tasks may not have run here.';
    const failed = await run(play(`${work}\n${once}`), ['a', 'b']);
    expect(failed.verdict).toMatch(
      /^PartlySucceeded HostsFailed: 2 hosts: 1 changed, 1 failed; see status.hosts for a$/,
    );
    expect(failed.hosts['b']).toBe(`changed: ${cut}`);
    const rescued = await run(play(`${once}${rescue}${work}`), ['a', 'b']);
    expect(rescued.verdict).toMatch(/^PartlySucceeded Incomplete: 2 hosts: 1 changed, 1 not run; /);
    expect(rescued.hosts).toEqual({ a: 'changed', b: `notRun: ${cut}` });
  });

  const settings = ['max_fail_percentage: 10', 'any_errors_fatal: true'];
  test.each(variants(settings, settings.slice(0, 1)))('hosts that %s cuts off are told', async (setting) => {
    const { hosts } = await run(play(`${failsOn('a')}\n${work}`, `hosts: all\n${setting}`), ['a', 'b']);
    expect(hosts['a']).toMatch(/^failed: Task "Try"/);
    const [name] = setting.split(':');
    expect(hosts['b']).toBe(
      `skipped: Task "Try" failed on a, which ended the play (${name}): later tasks may not have run here.`,
    );
  });

  test('what runs after the end of a play hides no cut, and a failure that is let pass cuts nobody off', async () => {
    const always = `- block:\n${`${failsOn('c')}\n${work}`.replaceAll(/^/gm, '  ')}\n  always:\n  - debug:`;
    const { hosts } = await run(
      play(`${work}\n${failsOn('a')}`, 'hosts: a, b\nmax_fail_percentage: 60') +
        play(`${work}\n${always}`, 'hosts: c, d\nany_errors_fatal: true'),
      ['a', 'b', 'c', 'd'],
    );
    const failed = 'failed: Task "Try": broken';
    const cut = 'Task "Try" failed on c, which ended the play (any_errors_fatal): later tasks may not have run here.';
    expect(hosts).toEqual({ a: failed, b: 'changed', c: failed, d: `changed: ${cut}` });
  });

  test('hosts that one which cannot be reached cuts off are told', async () => {
    const connection = `connection: "{{ 'local' if inventory_hostname == 'b' else 'ssh' }}"`;
    const look = play('- name: Look\n  raw: "true"\n- debug:', 'hosts: all\nany_errors_fatal: true');
    const { hosts } = await run(look.replace('connection: local', connection), ['away.invalid', 'b']);
    expect(hosts['away.invalid']).toMatch(/^unreachable: Task "Look": /);
    expect(hosts['b']).toBe(
      'changed: Task "Look" failed on away.invalid, which ended the play (any_errors_fatal): ' +
        'later tasks may not have run here.',
    );
  });

  test('a host that was never reached does not look well because the content ignores that', async () => {
    const ping = '- name: Ping\n  ping:\n  ignore_unreachable: true\n- name: Note\n  debug: {msg: fine}';
    const { verdict, hosts, steps } = await run(play(ping).replace('connection: local', ''), ['away.invalid']);
    expect(verdict).toBe('Succeeded Succeeded: 1 host: 1 not run');
    const ignored =
      'notRun: Never reached, which the content ignores: Task "Ping": Failed to connect to the host via ssh: ';
    expect(hosts['away.invalid']?.slice(0, ignored.length)).toBe(ignored);
    expect(hosts['away.invalid']?.slice(ignored.length)).toContain('away.invalid');
    expect(steps).toMatchObject([{ result: 'unreachable', ignored: true }, { result: 'ok' }]);
  });
});

describe('reasons of real failures', () => {
  test('the failure that took the host out is told, not one that was rescued or came after it', async () => {
    const always = `- block:
  - name: Deploy
    fail: {msg: the package is broken}
  always:
  - block:
    - name: Look for a lock
      fail: {msg: there is no lock}
    rescue:
    - debug: {msg: fine}`;
    expect((await run(play(always), ['a'])).hosts).toEqual({ a: 'failed: Task "Deploy": the package is broken' });
    const handler = '\n  handlers:\n    - name: Restart\n      fail: {msg: no such service}\n';
    const notified = play(
      `- name: Configure\n  ${changes}\n  notify: Restart\n- name: Deploy\n  fail: {msg: the package is broken}`,
      'hosts: all\nforce_handlers: true',
    );
    expect((await run(notified.trimEnd() + handler, ['a'])).hosts).toEqual({
      a: 'failed: Task "Deploy": the package is broken',
    });
  });

  test('of a run that is ended the reason is the task that was under way, not a failure rescued before', async () => {
    const rescued = `- block:\n  - name: Ask\n    fail: {msg: no}\n    ${onlyOnA}\n  rescue:\n  - debug: {msg: fine}`;
    const id = await begin(play(`${rescued}\n- name: Wait\n  raw: sleep 600`), ['a', 'b']);
    const waiting = async (): Promise<number> =>
      (await executor.steps(id)).filter(({ name, result }) => name === 'Wait' && result === 'running').length;
    // However long a busy machine takes for the first tasks.
    await expect.poll(waiting, { timeout: 100_000 }).toBe(2);
    await executor.requestStop(id, 'terminate');
    const { verdict, hosts } = await told(id);
    expect(verdict).toMatch(/^Failed Canceled: /);
    const open = 'failed: The run ended during the task "Wait"; what it did is not known.';
    expect(hosts).toEqual({ a: open, b: open });
  });

  test('of a command that prints much its exit code, its last words and that it changed things are kept', async () => {
    const { hosts, steps } = await run(
      play(`- name: Much
  ${printing(3_000_000, 'echo the disk is full >&2; exit 9')}
- name: Changes
  ${printing(100_000, 'exit 0')}
- name: Secret
  raw: "true"
  no_log: true
- name: Fails
  shell: head -c 35000 /dev/zero | tr '\\0' x; echo the disk is full >&2; exit 9`),
      ['a'],
    );
    expect(hosts).toEqual({ a: 'failed: Task "Fails": non-zero return code (exit code 9): the disk is full' });
    const words = 'non-zero return code (exit code 9): the disk is full';
    expect(steps.map(({ name, result, message }) => [name, result, message])).toEqual([
      ['Much', 'failed', words],
      ['Changes', 'changed', undefined],
      ['Secret', 'changed', undefined],
      ['Fails', 'failed', words],
    ]);
  });

  test('of an assertion is told which one, and of a delegated task where', async () => {
    const check = `- name: Check
  assert:
    that: ["1 == 1", "inventory_hostname != 'a'"]
    fail_msg: not this host
- name: Drain
  raw: "false"
  delegate_to: balancer
  vars: {ansible_connection: local}`;
    const { hosts } = await run(play(check), ['a', 'b']);
    expect(hosts).toEqual({
      a: `failed: Task "Check": not this host (assertion: inventory_hostname != 'a')`,
      b: 'failed: Task "Drain" on balancer: non-zero return code (exit code 1)',
    });
  });

  test('content that Ansible refuses is told as that, with what was done before', async () => {
    const { verdict, hosts } = await run(play(work) + play('- no_such_module:'), ['a']);
    expect(verdict).toMatch(
      /^Failed ContentFailed: Ansible refused the content: Line 12, column 7 of the content: .*no_such_module/,
    );
    expect(hosts).toEqual({ a: 'notRun' });
  });
});
