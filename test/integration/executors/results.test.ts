import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ContentError, InvalidRunError } from '../../../controllers/agenttask/executors/errors.ts';
import { variants } from '../../harness/matrix.ts';
import { play } from '../../hosts/play.ts';
import { Site, available, resultClasses, resultOf, skipNote } from './support.ts';

describe.skipIf(!available.ok)(`results of real runs over SSH${skipNote}`, () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open();
  });
  const first = (): { hosts: string[] } => ({ hosts: [site.host(0).address] });
  const onlyOn = (index: number): string => `when: inventory_hostname == '${site.host(index).address}'`;
  const nothing = play('- raw: "true"');
  afterAll(async () => {
    await site.close();
  });

  test('what changes a file on all hosts is changed everywhere, and delegated tasks add no host', async () => {
    const content = play(
      `
- copy: {dest: "{{ folder }}/greeting", content: "{{ word }}"}
- {raw: "true", delegate_to: localhost, connection: local}`.trim(),
    );
    const { id, state, results } = await site.run(content, { variables: { word: 'hello {{ nobody }} ☃' } });
    expect(state).toMatchObject({ outcome: 'successful', exitCode: 0 });
    expect(state.finishedAt.getTime()).toBeGreaterThanOrEqual(state.startedAt.getTime());
    expect(results.hosts).toEqual(
      site.hosts.hosts.map(({ address }) => ({
        name: address,
        result: 'changed',
        counts: { ok: 2, changed: 2, failed: 0, skipped: 0, unreachable: 0 },
      })),
    );
    expect(await site.onHost(0, 'greeting')).toBe('hello {{ nobody }} ☃');
    expect(await site.onHost(2, 'greeting')).toBe('hello {{ nobody }} ☃');
    // The mark of the end comes just before the supervisor's own.
    await expect.poll(() => site.processes(id)).toEqual([]);
  });

  test('tasks without a play run on all hosts, as another user when asked', async () => {
    const { results } = await site.run('- shell: id -un > /srv/fleetwright-host/who\n', {
      become: { user: 'root', method: 'sudo' },
    });
    expect(resultClasses(results)).toEqual(['changed', 'changed', 'changed']);
    expect(await site.onHost(1, 'who')).toBe('root\n');
  });

  test('a host that fails fails alone and says why, and one that cannot be reached is told from it', async () => {
    await site.host(2).stop();
    try {
      const { state, results } = await site.run(
        play(
          `
- {name: work, shell: "echo because >&2; exit 3", ${onlyOn(1)}}
- {raw: "true", changed_when: false}`.trim(),
        ),
      );
      expect(state.outcome).toBe('failed');
      expect(resultClasses(results)).toEqual(['ok', 'failed', 'unreachable']);
      expect(resultOf(results, site.host(1)).message).toBe('Task "work": non-zero return code (exit code 3): because');
      expect(resultOf(results, site.host(2)).message).toMatch(/Failed to connect to the host via ssh/);
      expect(results.message).toBeUndefined();
    } finally {
      await site.host(2).start();
    }
  });

  // By day pod.test.ts has no key.
  test.each(variants(['a wrong key', 'no key'], ['a wrong key']))(
    '%s leaves the host unreachable, without asking for a password',
    async (which) => {
      const sshPrivateKey = site.hosts.privateKey.replace(/\n.{40}/, '\nAAAAB3NzaC1yc2EAAAADAQABAAABAQDAAAAAAAAAA');
      const { sshPrivateKey: _right, ...withoutKey } = site.spec(nothing, first());
      const run = which === 'no key' ? withoutKey : { ...withoutKey, sshPrivateKey };
      await site.begin(run);
      expect((await site.finished(run.id)).outcome).toBe('failed');
      const results = await site.executor.results(run.id);
      expect(resultClasses(results)).toEqual(['unreachable']);
      expect(results.hosts[0]?.message).toMatch(/Permission denied/);
      expect(results.hosts[0]?.message).not.toContain(site.stateFolder);
    },
  );

  describe('of a run whose hosts fail, each in its own way,', () => {
    let failed: Awaited<ReturnType<Site['run']>>;
    beforeAll(async () => {
      const content = play(
        `
- name: login
  shell: echo {{ parts | join }}; echo {{ parts | join }} >&2; exit 1
  no_log: true
  ${onlyOn(0)}
- name: noisy
  shell: head -c 4000000 /dev/zero | tr "\\0" x; exit 1
  ${onlyOn(1)}`.trim(),
      );
      const hosts = [0, 1].map((index) => site.host(index).address);
      failed = await site.run(content, { hosts, variables: { parts: ['hunter', '2', '-s3cret'] } });
    });

    test('what no_log hides appears neither in the results nor in any file the run leaves behind', async () => {
      const { id, state, results } = failed;
      expect(state).toMatchObject({ outcome: 'failed', exitCode: 2 });
      expect(resultClasses(results)).toEqual(['failed', 'failed']);
      expect(results.hosts[0]?.message).toMatch(/hidden due to the fact that 'no_log: true'/);
      const artifacts = join(site.stateFolder, id, 'artifacts');
      const files = await readdir(artifacts, { recursive: true, withFileTypes: true });
      const texts = await Promise.all(
        files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8')),
      );
      expect(texts.length).toBeGreaterThan(3);
      expect(texts.filter((text) => text.includes('hunter2-s3cret'))).toEqual([]);
    });

    test('megabytes of output are measured and do not hide the failure', async () => {
      expect(await site.executor.outputBytes(failed.id)).toBeGreaterThan(4_000_000);
      expect(failed.results.hosts[1]?.message).toMatch(/^Task "noisy": non-zero return code \(exit code 1\): x.*x$/);
    });
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
    const content = play(
      `
- block:
    - {name: ignored, fail: {msg: not so bad}, ignore_errors: true}
    - block:
        - fail: {msg: bad}
      rescue:
        - debug: msg=rescued
  when: inventory_hostname != '${site.host(1).address}'`.trim(),
    );
    const { state, results } = await site.run(content);
    expect(state.outcome).toBe('successful');
    expect(resultClasses(results)).toEqual(['ok', 'skipped', 'ok']);
    expect(results.hosts[0]).not.toHaveProperty('message');
    expect(results.hosts[0]?.counts).toMatchObject({ ok: 3, failed: 0 });
  });

  test('localhost runs here without SSH, and settings of the surroundings do not reach the run', async () => {
    process.env['ANSIBLE_FORKS'] = 'nonsense';
    process.env['FLEETWRIGHT_TEST_SECRET'] = 'leak';
    try {
      const { results } = await site.run(`- shell: "test -z '{{ lookup('env', 'FLEETWRIGHT_TEST_SECRET') }}'"\n`, {
        hosts: ['localhost'],
      });
      expect(results.hosts).toEqual([
        { name: 'localhost', result: 'changed', counts: { ok: 2, changed: 1, failed: 0, skipped: 0, unreachable: 0 } },
      ]);
    } finally {
      delete process.env['ANSIBLE_FORKS'];
      delete process.env['FLEETWRIGHT_TEST_SECRET'];
    }
  });

  /** By day outcomes.test.ts of agenttask/ has host keys, and verdicts.test.ts the rest. */
  describe.for(variants(['by night'], []))('%s', () => {
    test('a host whose key is not known is refused, unless checking is off', async () => {
      const refused = await site.run(nothing, { ...first(), knownHosts: '' });
      expect(resultClasses(refused.results)).toEqual(['unreachable']);
      expect(refused.results.hosts[0]?.message).toMatch(/key is not known; add it to known_hosts in the Secret/);
      const accepted = await site.run(nothing, { ...first(), knownHosts: '', hostKeyChecking: false });
      expect(resultClasses(accepted.results)).toEqual(['changed']);
    });

    test('a host that shows another key than the known one is refused, with what to do about it', async () => {
      const [own = '', other = ''] = site.hosts.knownHosts.split('\n');
      const knownHosts = `${own.split(' ')[0]} ${other.split(' ').slice(1).join(' ')}\n`;
      const { results } = await site.run(nothing, { ...first(), knownHosts });
      expect(resultClasses(results)).toEqual(['unreachable']);
      expect(results.hosts[0]?.message).toMatch(
        /^Task "raw": the host shows another ED25519 key \(SHA256:\S+\) than the known one; .* correct known_hosts in/,
      );
    });

    test('a module that does not exist is explained with its place in the content', async () => {
      const { state, results } = await site.run('- ping:\n- no_such_module:\n', first());
      expect(state.outcome).toBe('failed');
      expect(state.exitCode).not.toBe(0);
      expect(resultClasses(results)).toEqual(['notRun']);
      expect(results.message).toMatch(/^Line 2, column 3 of the content: .*no_such_module/);
    });

    test('a playbook for other hosts runs nowhere and says so', async () => {
      const { results } = await site.run('- hosts: databases\n  tasks: [{ping: }]\n');
      expect(resultClasses(results)).toEqual(['notRun', 'notRun', 'notRun']);
      expect(results.unmatched).toBe(true);
    });
  });
});
