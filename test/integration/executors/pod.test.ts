import { closeSync, openSync, writeSync } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hostFolder } from '../../hosts/hosts.ts';
import { play } from '../../hosts/play.ts';
import { hostResults, PodSite, type TestPod } from './pod-support.ts';
import { available, skipNote } from './support.ts';

/** First leaves a line on each host, then hangs. */
const hanging = play(
  `
- {name: first, raw: "echo begun >> {{ folder }}/{{ file }}"}
- {name: hang, raw: sleep 600}`.trim(),
);

/** On three hosts more than what a stream takes before it says that it is full. */
const manySteps = play(
  Array.from({ length: 12 }, (_, index) => `- {name: "${'x'.repeat(200)} ${index}", debug: }`).join('\n'),
);

describe.skipIf(!available.ok)(`the program in the pod${skipNote}`, () => {
  let site: PodSite;
  /** Has half a minute, which passes beside the other tests. */
  let late: TestPod;
  beforeAll(async () => {
    site = await PodSite.open();
    late = await site.start(hanging.replace('{name: hang', `{when: ${onlySecond()}, name: hang`), {
      run: { timeoutSeconds: 30, variables: { file: 'late' } },
    });
  });
  afterAll(async () => {
    await site.close();
  });

  const onlySecond = (): string => `inventory_hostname == '${site.addresses[1]}'`;
  /** A line of the key that no other text has. */
  const keyLine = (): string => site.hosts.privateKey.split('\n')[2] ?? '';

  test('runs on all hosts, prints each step and leaves the result; of the key nothing is left', async () => {
    const { exitCode, result, steps, log, pod } = await site.run(
      '- name: write\n  copy: {dest: /srv/fleetwright-host/pod, content: "{{ word }}"}\n',
      { run: { variables: { word: 'hello' } } },
    );
    expect(result).toMatchObject({ outcome: 'successful', exitCode: 0 });
    expect(exitCode).toBe(0);
    // Facts are gathered first.
    expect(result?.hosts).toEqual(site.addresses.map(() => ['changed', 2, 1, 0, 0, 0]));
    expect(result?.finishedAt).toBeGreaterThan(result?.startedAt ?? Infinity);
    expect([...steps.values()].filter(({ name }) => name === 'write')).toMatchObject(
      site.addresses.map(() => ({ result: 'changed', action: 'ansible.builtin.copy' })),
    );
    expect([...steps.keys()]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set([...steps.values()].map(({ host }) => host))).toEqual(new Set(site.addresses));
    expect(keyLine().length).toBeGreaterThan(20);
    expect(log).not.toContain(keyLine());
    expect(await pod.filesWith(keyLine())).toEqual([]);
    await vi.waitFor(async () => expect(await pod.processes()).toEqual([]), { timeout: 60_000 });
  });

  test('hosts that fail and one that cannot be reached say why, but for what no_log hides', async () => {
    const [first = '', second = ''] = site.addresses;
    const { exitCode, result, steps, log } = await site.run(
      play(
        `
- name: login
  shell: echo {{ parts | join }}; echo {{ parts | join }} >&2; exit 1
  no_log: true
  when: inventory_hostname == '${first}'
- name: work
  shell: echo because >&2; exit 3`.trim(),
      ),
      { run: { hosts: [first, second, 'away.invalid'], variables: { parts: ['hunter', '2', '-s3cret'] } } },
    );
    expect(exitCode).toBe(1);
    expect(result).toMatchObject({ outcome: 'failed', exitCode: expect.any(Number) });
    expect(result?.hosts).toEqual([
      ['failed', 0, 0, 1, 0, 0, expect.stringContaining('no_log')],
      ['failed', 0, 0, 1, 1, 0, 'Task "work": non-zero return code (exit code 3): because'],
      ['unreachable', 0, 0, 0, 1, 1, expect.stringContaining('Failed to connect to the host via ssh')],
    ]);
    const how = [...steps.values()].map((step) => step.result);
    expect(how.filter((one) => one === 'failed' || one === 'unreachable')).toHaveLength(3);
    expect(log).toContain('"result":"failed"');
    expect(`${JSON.stringify(result)} ${log}`).not.toContain('hunter2-s3cret');
  });

  test('each pod works on its share of the hosts only; one without hosts says so', async () => {
    const content = play('- raw: echo {{ pod }} >> {{ folder }}/shards');
    const pods = [0, 1, 2].map((index) =>
      site.run(content, { index, file: { shardSize: 2 }, run: { variables: { pod: `pod-${index}` } } }),
    );
    const [first, second, third] = await Promise.all(pods);
    expect(hostResults(first?.result)).toEqual(['changed', 'changed']);
    expect(hostResults(second?.result)).toEqual(['changed']);
    expect(
      await Promise.all(site.hosts.hosts.map((host) => site.hosts.fileOnHost(host, join(hostFolder, 'shards')))),
    ).toEqual(['pod-0\n', 'pod-0\n', 'pod-1\n']);
    expect(third).toMatchObject({
      exitCode: 1,
      result: {
        outcome: 'error',
        cause: { reason: 'RunFileInvalid', message: 'run.json: there are no hosts for pod 2: 3 hosts, 2 for each pod' },
        hosts: [],
      },
    });
  });

  test('SIGTERM, also twice, stops the run half-way: the results so far, and no process or key left', async () => {
    const pod = await site.start(hanging, { run: { variables: { file: 'term' } } });
    await pod.until((steps) => steps.filter(({ name }) => name === 'hang').length === 3);
    pod.child.kill('SIGTERM');
    pod.child.kill('SIGTERM');
    const { exitCode, result, steps } = await pod.ended();
    expect(exitCode).toBe(1);
    expect(result).toMatchObject({ outcome: 'canceled', message: 'The run was stopped before its end.' });
    expect(result).not.toHaveProperty('cause');
    expect(hostResults(result)).toEqual(['failed', 'failed', 'failed']);
    expect(result?.hosts[0]).toEqual([
      'failed',
      1,
      1,
      1,
      0,
      0,
      'The run ended during the task "hang"; what it did is not known.',
    ]);
    expect([...steps.values()].filter(({ name }) => name === 'first')).toMatchObject([
      { result: 'changed' },
      { result: 'changed' },
      { result: 'changed' },
    ]);
    await vi.waitFor(async () => expect(await pod.processes()).toEqual([]), { timeout: 60_000 });
    expect(await pod.filesWith(keyLine())).toEqual([]);
  });

  test('SIGTERM while Ansible is coming up ends the run too', async () => {
    const pod = await site.start(hanging, { run: { variables: { file: 'early' } } });
    await vi.waitFor(() => access(join(pod.runFolder, 'started')), { timeout: 60_000 });
    pod.child.kill('SIGTERM');
    expect((await pod.ended()).result).toMatchObject({ outcome: 'canceled' });
  });

  test('a supervisor that is killed leaves an error, not a success', async () => {
    const pod = await site.start(hanging, { run: { variables: { file: 'lost' } } });
    await pod.until((steps) => steps.some(({ name }) => name === 'hang'));
    const { pid } = JSON.parse(await readFile(join(pod.runFolder, 'started'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    const { exitCode, result } = await pod.ended();
    expect({ exitCode, outcome: result?.outcome, reason: result?.cause?.reason }).toEqual({
      exitCode: 1,
      outcome: 'error',
      reason: 'RunLost',
    });
    expect(await pod.processes()).toEqual([]);
  });

  test('a run that writes too much is stopped, and says so', async () => {
    const noise = `- {name: noise, debug: {msg: "{{ 'x' * 100000 }}"}}\n`;
    const content = hanging.replace('- {name: hang', `${noise}    - {name: hang`);
    const { exitCode, result } = await site.run(content, {
      file: { maxOutputBytes: 65_536 },
      run: { variables: { file: 'noisy' } },
    });
    expect(exitCode).toBe(1);
    expect(result).toMatchObject({
      outcome: 'canceled',
      cause: {
        reason: 'OutputTooLarge',
        message: 'the run wrote more than 65536 bytes and was stopped; let it print less',
      },
    });
  });

  test.each([
    [
      'content that is no list',
      { content: 'ping: {}\n' },
      {},
      'ContentInvalid',
      'content, line 1, column 1: the content must be a list of plays or a list of tasks',
    ],
    ['a host that is none', { hosts: ['{{ 1 }}'] }, {}, 'SpecInvalid', 'hosts: "{{ 1 }}" is not a host name'],
    ['a Secret without a key', {}, { secret: { known_hosts: '' } }, 'SecretInvalid', 'it has no key ssh-privatekey'],
    [
      'a Secret with something else for a key',
      {},
      { secret: { 'ssh-privatekey': 'hunter2' } },
      'SecretInvalid',
      'ssh-privatekey is not a private key',
    ],
  ])('%s: an error that says so, and no host was touched', async (_what, change, options, reason, message) => {
    const { exitCode, result, log } = await site.run('- ping:\n', { run: change, ...options });
    expect(exitCode).toBe(1);
    expect(result).toMatchObject({
      outcome: 'error',
      exitCode: 254,
      cause: { reason, message: expect.stringContaining(message) },
    });
    expect(new Set(hostResults(result))).toEqual(new Set(['notRun']));
    expect(`${JSON.stringify(result)} ${log}`).not.toContain('hunter2');
  });

  test('a file that is not one of ours is an error of its own', async () => {
    const { exitCode, result } = await (await site.startFile('{"version":2}')).ended();
    expect(exitCode).toBe(1);
    expect(result).toMatchObject({
      outcome: 'error',
      cause: { reason: 'RunFileInvalid', message: expect.stringContaining('version is 2') },
      hosts: [],
    });
  });

  test('without a Secret there is no key, and known hosts of the run file hold where the Secret has none', async () => {
    const content = play('- raw: "true"');
    const run = { hosts: site.addresses.slice(0, 1), knownHosts: site.hosts.knownHosts };
    const without = await site.run(content, { secret: null, run });
    expect(without.result?.hosts[0]?.[6]).toMatch(/Permission denied/);
    const both = await site.run(content, { secret: { 'ssh-privatekey': site.hosts.privateKey }, run });
    expect(hostResults(both.result)).toEqual(['changed']);
  });

  test('a log that nobody reads, or that breaks, does not hold up the run', async () => {
    const path = await site.makePipe();
    // Both ends are open, so that nothing fails; it takes 64 KiB, and is full.
    const pipe = openSync(path, 'r+');
    writeSync(pipe, Buffer.alloc(65_536));
    const unread = await site.run(manySteps, { stdout: pipe });
    closeSync(pipe);
    expect(unread).toMatchObject({ exitCode: 0, result: { outcome: 'successful' } });
    expect(hostResults(unread.result)).toEqual(['ok', 'ok', 'ok']);

    const broken = await site.start(manySteps);
    await broken.until((steps) => steps.length > 0);
    broken.child.stdout?.destroy();
    expect(await broken.ended()).toMatchObject({ exitCode: 0, result: { outcome: 'successful' } });
  });

  test('the time limit ends the run, and hosts that were done keep their results', async () => {
    const { result } = await late.ended();
    expect(result).toMatchObject({
      outcome: 'timeout',
      message: 'The run was ended because its time limit was reached.',
    });
    expect(result?.hosts.map(([how, ok]) => `${how} ${ok}`)).toEqual(['changed 1', 'failed 1', 'changed 1']);
  });
});
