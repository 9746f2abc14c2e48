import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RunStep } from '../../../crds/runlog.ts';
import { play } from '../../hosts/play.ts';
import { Site, available, skipNote } from './support.ts';

function brief(steps: readonly RunStep[]): string[] {
  return steps.map(({ name, result, ignored }) => `${name}: ${result}${ignored === true ? ', ignored' : ''}`);
}

describe.skipIf(!available.ok)(`steps of real runs${skipNote}`, () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open();
  });
  afterAll(async () => {
    await site.close();
  });

  test('each Ansible task is a step on each host, facts and handlers too, in the order of their start', async () => {
    const before = Date.now();
    const { id } = await site.run(`- hosts: all
  tasks:
    - name: greet {{ ansible_facts.system }}
      command: echo hi
      notify: after
    - name: idle
      debug:
    - name: left out
      command: "true"
      when: false
  handlers:
    - name: after
      raw: "true"
`);
    const steps = await site.executor.steps(id);
    expect(brief(steps.filter(({ host }) => host === site.host(1).address))).toEqual([
      'Gathering Facts: ok',
      'greet Linux: changed',
      'idle: ok',
      'left out: skipped',
      'after: changed',
    ]);
    expect(steps).toHaveLength(15);
    expect(new Set(steps.slice(0, 3).map(({ host }) => host))).toEqual(
      new Set(site.hosts.hosts.map(({ address }) => address)),
    );
    expect(steps[0]).toMatchObject({ action: 'ansible.builtin.gather_facts' });
    expect(steps[3]).toMatchObject({ action: 'ansible.builtin.command' });
    for (const { start, end } of steps) {
      expect(start).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(Date.parse(start)).toBeGreaterThanOrEqual(before - 1000);
      expect(Date.parse(end)).toBeGreaterThanOrEqual(Date.parse(start));
    }
    expect(steps.map(({ start }) => start)).toEqual(steps.map(({ start }) => start).toSorted());
  });

  /** One run of several plays, one after the other; the last one ends as a failure. */
  describe('of a run of many kinds of tasks', () => {
    let steps: readonly RunStep[];
    const [loops, handlers, free] = [4, 4, 9];
    beforeAll(async () => {
      const { address } = site.host(0);
      const onFirst = (tasks: string, ...settings: readonly string[]): string =>
        play(tasks.trim(), ...settings).replace('hosts: all', `hosts: ${address}`);
      const content = [
        onFirst(`
- name: loop
  raw: echo {{ item }}
  loop: [a, b, c]
- name: again
  raw: echo x >> {{ folder }}/attempts; test "$(wc -l < {{ folder }}/attempts)" = 3
  register: tried
  until: tried is success
  retries: 5
  delay: 0
- name: in vain
  shell: echo "not yet" >&2; exit 1
  register: tried
  until: tried is success
  retries: 1
  delay: 0
  ignore_errors: true
- name: loop with a failure
  shell: echo "no {{ item }}" >&2; test {{ item }} = a
  loop: [a, b]
  ignore_errors: true`),
        onFirst(
          `
- {name: first, debug: , changed_when: true, notify: again}
- meta: flush_handlers
- {name: second, debug: , changed_when: true, notify: again}`,
          'handlers: [{name: again, debug: , changed_when: true}]',
        ),
        play(
          `
- {name: one, raw: "sleep {{ 0.5 if inventory_hostname == '${address}' else 0 }}"}
- {name: two, raw: "true"}
- {name: three, raw: "true"}`.trim(),
          'strategy: free',
        ),
        onFirst(`
- block:
    - {name: breaks, shell: echo broken; exit 4}
  rescue:
    - {name: mends, debug: , changed_when: true}
- name: elsewhere
  command: echo over there
  delegate_to: localhost
  connection: local
  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
- {name: in the background, shell: echo gone wrong >&2; exit 5, async: 30, poll: 1}
- {name: never, raw: "true"}`),
      ];
      const { id } = await site.run(content.join(''));
      steps = await site.executor.steps(id);
    });

    test('loops and tasks that are tried again are told by their tasks, not by their items and attempts', () => {
      const these = steps.slice(0, loops);
      expect(brief(these)).toEqual([
        'loop: changed',
        'again: changed',
        'in vain: failed, ignored',
        'loop with a failure: failed, ignored',
      ]);
      expect(these[2]?.message).toBe('non-zero return code (exit code 1): not yet');
      expect(these[3]?.message).toBe('non-zero return code (exit code 1): no b');
    });

    test('a handler that is notified twice is two steps', () => {
      expect(brief(steps.slice(loops).slice(0, handlers))).toEqual([
        'first: changed',
        'again: changed',
        'second: changed',
        'again: changed',
      ]);
    });

    test('with the free strategy hosts go ahead of each other and every step is told once', () => {
      const these = steps.slice(loops + handlers).slice(0, free);
      for (const { address } of site.hosts.hosts)
        expect(brief(these.filter(({ host }) => host === address))).toEqual([
          'one: changed',
          'two: changed',
          'three: changed',
        ]);
    });

    test('rescued failures, failures in the background and hosts that delegate are told as what they were', () => {
      const these = steps.slice(loops + handlers + free);
      expect(brief(these)).toEqual([
        'breaks: failed',
        'mends: changed',
        'elsewhere: changed',
        'in the background: asyncFailed',
      ]);
      expect(new Set(these.map(({ host }) => host))).toEqual(new Set([site.host(0).address]));
      expect(these[0]?.message).toBe('non-zero return code (exit code 4): broken');
      expect(these[3]?.message).toMatch(/gone wrong/);
    });
  });

  test('hosts that cannot be reached and what no_log hides are told without more than may be known', async () => {
    const away = site.host(2).address;
    await site.host(2).stop();
    try {
      const hosts = [site.host(0).address, away, 'away.invalid'];
      const { id } = await site.run(
        play(
          `
- {name: hidden work, shell: "echo hidden-word >&2; exit 1", no_log: true, when: inventory_hostname != '${away}'}
- {name: work, raw: "true"}`.trim(),
        ),
        { hosts },
      );
      const steps = await site.executor.steps(id);
      expect(brief(steps).toSorted()).toEqual([
        'hidden work: failed',
        'hidden work: skipped',
        'hidden work: unreachable',
        'work: unreachable',
      ]);
      expect(JSON.stringify(steps)).not.toContain('hidden-word');
      const lost = steps.find(({ name, result }) => name === 'work' && result === 'unreachable');
      expect(lost).toMatchObject({
        host: away,
        message: expect.stringMatching(/Failed to connect to the host via ssh/),
      });
      expect(lost?.message).not.toContain(site.stateFolder);
    } finally {
      await site.host(2).start();
    }
  });

  test('while a run goes on, its steps so far are told, and the open one has no end', async () => {
    const run = site.spec(play('- {name: first, raw: "true"}\n- {name: long, raw: sleep 600}'), {
      hosts: [site.host(0).address],
    });
    expect(await site.executor.steps(run.id)).toEqual([]);
    await site.executor.prepare(run);
    expect(await site.executor.steps(run.id)).toEqual([]);
    await site.executor.start(run.id);
    await vi.waitFor(
      async () => expect(brief(await site.executor.steps(run.id))).toEqual(['first: changed', 'long: running']),
      { timeout: 60_000, interval: 50 },
    );
    const [first, long] = await site.executor.steps(run.id);
    expect(long?.end).toBe('');
    await site.executor.requestStop(run.id, 'kill');
    const after = await site.executor.steps(run.id);
    expect(after[0]).toEqual(first);
    expect(after).toHaveLength(2);
    await site.executor.remove(run.id);
    expect(await site.executor.steps(run.id)).toEqual([]);
  });
});
