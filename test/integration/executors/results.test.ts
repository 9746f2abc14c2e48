import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ContentError, InvalidRunError } from '../../../controllers/agenttask/executors/errors.ts';
import { Site, available, resultClasses, resultOf, skipNote } from './support.ts';

const onlySecond = (site: Site): string => `inventory_hostname == '${site.host(1).address}'`;

describe.skipIf(!available.ok)(`results of real runs over SSH${skipNote}`, () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open();
  });
  afterAll(async () => {
    await site.close();
  });

  test('a playbook that changes a file on all hosts is changed everywhere, and the file is there', async () => {
    const content =
      '- hosts: all\n  gather_facts: false\n  tasks:\n' +
      '    - copy: {dest: /srv/fleetwright-host/greeting, content: "{{ word }}"}\n';
    const { id, state, results } = await site.run(content, { variables: { word: 'hello {{ nobody }} ☃' } });
    expect(state).toMatchObject({ outcome: 'successful', exitCode: 0 });
    expect(state.finishedAt.getTime()).toBeGreaterThanOrEqual(state.startedAt.getTime());
    expect(results.hosts).toEqual(
      site.hosts.hosts.map(({ address }) => ({
        name: address,
        result: 'changed',
        counts: { ok: 1, changed: 1, failed: 0, skipped: 0, unreachable: 0 },
      })),
    );
    expect(await site.onHost(0, 'greeting')).toBe('hello {{ nobody }} ☃');
    expect(await site.onHost(2, 'greeting')).toBe('hello {{ nobody }} ☃');
    // The mark of the end comes just before the supervisor's own.
    await expect.poll(() => site.processes(id)).toEqual([]);
  });

  test('tasks without a play run on all hosts, as another user when asked', async () => {
    const { results } = await site.run(
      '- command: id -un\n  register: who\n- shell: echo {{ who.stdout }} > /srv/fleetwright-host/who\n',
      {
        become: { user: 'root', method: 'sudo' },
      },
    );
    expect(resultClasses(results)).toEqual(['changed', 'changed', 'changed']);
    expect(await site.onHost(1, 'who')).toBe('root\n');
  });

  test('one failing host fails alone and says why', async () => {
    const { state, results } = await site.run(
      `- name: work\n  shell: echo because >&2; exit 3\n  when: ${onlySecond(site)}\n` +
        '- command: "true"\n  changed_when: false\n',
    );
    expect(state).toMatchObject({ outcome: 'failed', exitCode: 2 });
    expect(resultClasses(results)).toEqual(['ok', 'failed', 'ok']);
    expect(resultOf(results, site.host(1)).message).toBe('Task "work": non-zero return code (exit code 3): because');
    expect(results.message).toBeUndefined();
  });

  test('an unreachable host is told from a failed one', async () => {
    await site.host(2).stop();
    try {
      const { state, results } = await site.run('- ping:\n');
      expect(state.outcome).toBe('failed');
      expect(resultClasses(results)).toEqual(['ok', 'ok', 'unreachable']);
      expect(resultOf(results, site.host(2)).message).toMatch(/Failed to connect to the host via ssh/);
    } finally {
      await site.host(2).start();
    }
  });

  test('a wrong key and no key leave the hosts unreachable, without asking for a password', async () => {
    const other = site.hosts.privateKey.replace(/\n.{40}/, '\nAAAAB3NzaC1yc2EAAAADAQABAAABAQDAAAAAAAAAA');
    const { sshPrivateKey: _unused, ...withoutKey } = site.spec('- ping:\n');
    for (const run of [site.spec('- ping:\n', { sshPrivateKey: other }), withoutKey]) {
      await site.begin(run);
      expect((await site.finished(run.id)).outcome).toBe('failed');
      const results = await site.executor.results(run.id);
      expect(resultClasses(results)).toEqual(['unreachable', 'unreachable', 'unreachable']);
      expect(results.hosts[0]?.message).toMatch(/Permission denied/);
      expect(results.hosts[0]?.message).not.toContain(site.stateFolder);
    }
  });

  test('a host whose key is not known is refused, unless checking is off', async () => {
    const refused = await site.run('- ping:\n', { knownHosts: '' });
    expect(resultClasses(refused.results)).toEqual(['unreachable', 'unreachable', 'unreachable']);
    expect(refused.results.hosts[0]?.message).toMatch(/key is not known; add it to known_hosts in the Secret/);
    const accepted = await site.run('- ping:\n', { knownHosts: '', hostKeyChecking: false });
    expect(resultClasses(accepted.results)).toEqual(['ok', 'ok', 'ok']);
  });

  test('what no_log hides appears neither in the results nor in any file the run leaves behind', async () => {
    const { id, results } = await site.run(
      '- name: login\n  shell: "echo {{ parts | join }}; echo {{ parts | join }} >&2; exit 1"\n  no_log: true\n',
      {
        variables: { parts: ['hunter', '2', '-s3cret'] },
      },
    );
    expect(resultClasses(results)).toEqual(['failed', 'failed', 'failed']);
    expect(results.hosts[0]?.message).toMatch(/hidden due to the fact that 'no_log: true'/);
    const artifacts = join(site.stateFolder, id, 'artifacts');
    const files = await readdir(artifacts, { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8')),
    );
    expect(texts.length).toBeGreaterThan(3);
    expect(texts.filter((text) => text.includes('hunter2-s3cret'))).toEqual([]);
  });

  test('a module that does not exist is explained with its place in the content', async () => {
    const { state, results } = await site.run('- ping:\n- no_such_module:\n');
    expect(state.outcome).toBe('failed');
    expect(state.exitCode).not.toBe(0);
    expect(resultClasses(results)).toEqual(['notRun', 'notRun', 'notRun']);
    expect(results.message).toMatch(/^Line 2, column 3 of the content: .*no_such_module/);
  });

  test('a playbook for other hosts runs nowhere and says so', async () => {
    const { results } = await site.run('- hosts: databases\n  tasks: [{ping: }]\n');
    expect(resultClasses(results)).toEqual(['notRun', 'notRun', 'notRun']);
    expect(results.unmatched).toBe(true);
  });

  test('content that is no YAML and a bad host are refused before anything is written', async () => {
    await expect(site.executor.prepare(site.spec('- ping:\n - x: [\n', { id: 'bad' }))).rejects.toBeInstanceOf(
      ContentError,
    );
    await expect(
      site.executor.prepare(site.spec('- ping:\n', { id: 'bad', hosts: ['{{ 1 }}'] })),
    ).rejects.toBeInstanceOf(InvalidRunError);
    expect(await site.executor.inspect('bad')).toEqual({ state: 'absent' });
    expect(await site.executor.list()).not.toContain('bad');
  });

  test('ignored and rescued failures are no failures, and only skipped tasks make a host skipped', async () => {
    const content = `- hosts: all
  gather_facts: false
  tasks:
    - block:
        - name: ignored
          command: "false"
          ignore_errors: true
          changed_when: false
        - block:
            - command: "false"
          rescue:
            - debug: msg=rescued
      when: not (${onlySecond(site)})
`;
    const { state, results } = await site.run(content);
    expect(state.outcome).toBe('successful');
    expect(resultClasses(results)).toEqual(['ok', 'skipped', 'ok']);
    expect(results.hosts[0]).not.toHaveProperty('message');
    expect(results.hosts[0]?.counts).toMatchObject({ ok: 3, failed: 0 });
  });

  test('delegated tasks are counted for the hosts of the task and add no host', async () => {
    const { results } = await site.run(
      '- command: "true"\n  delegate_to: localhost\n' +
        '  vars: {ansible_connection: local, ansible_python_interpreter: "{{ ansible_playbook_python }}"}\n',
    );
    expect(results.hosts.map(({ name }) => name)).toEqual(site.hosts.hosts.map(({ address }) => address));
    expect(resultClasses(results)).toEqual(['changed', 'changed', 'changed']);
  });

  test('localhost runs on this machine without SSH', async () => {
    const { results } = await site.run('- command: "true"\n', { hosts: ['localhost'] });
    expect(results.hosts).toEqual([
      { name: 'localhost', result: 'changed', counts: { ok: 2, changed: 1, failed: 0, skipped: 0, unreachable: 0 } },
    ]);
  });

  test('megabytes of output are measured and do not hide the failure', async () => {
    const { id, results } = await site.run('- name: noisy\n  shell: head -c 4000000 /dev/zero | tr "\\0" x; exit 1\n', {
      hosts: [site.host(0).address],
    });
    expect(await site.executor.outputBytes(id)).toBeGreaterThan(4_000_000);
    expect(results.hosts).toMatchObject([
      {
        result: 'failed',
        message: expect.stringMatching(/^Task "noisy": non-zero return code \(exit code 1\): x.*x$/),
      },
    ]);
  });

  test('settings of the surroundings do not reach the run', async () => {
    process.env['ANSIBLE_FORKS'] = 'nonsense';
    process.env['FLEETWRIGHT_TEST_SECRET'] = 'leak';
    try {
      const { results } = await site.run(`- shell: "test -z '{{ lookup('env', 'FLEETWRIGHT_TEST_SECRET') }}'"\n`, {
        hosts: [site.host(0).address],
      });
      expect(resultClasses(results)).toEqual(['changed']);
    } finally {
      delete process.env['ANSIBLE_FORKS'];
      delete process.env['FLEETWRIGHT_TEST_SECRET'];
    }
  });
});
