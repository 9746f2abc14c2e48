import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RunStep } from '../../../crds/runlog.ts';
import { Site, available, skipNote } from './support.ts';

/** Beginning of a play that gathers no facts. */
const play = '- hosts: all\n  gather_facts: false\n';

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

  /** Steps of a run of the content on the first host, or on all. */
  async function stepsOf(content: string, allHosts = false): Promise<readonly RunStep[]> {
    const { id } = await site.run(content, allHosts ? {} : { hosts: [site.host(0).address] });
    return site.executor.steps(id);
  }

  test('each Ansible task is a step on each host, facts and handlers too, in the order of their start', async () => {
    const before = Date.now();
    const steps = await stepsOf(
      `- hosts: all
  tasks:
    - name: greet {{ ansible_facts.system }}
      command: echo hi
      notify: after
    - name: idle
      command: "true"
      changed_when: false
    - name: left out
      command: "true"
      when: false
  handlers:
    - name: after
      command: "true"
`,
      true,
    );
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

  test('loops and tasks that are tried again are told by their tasks, not by their items and attempts', async () => {
    const steps = await stepsOf(`${play}  tasks:
    - name: loop
      command: echo {{ item }}
      loop: [a, b, c]
    - name: again
      shell: echo x >> /srv/fleetwright-host/attempts; test "$(wc -l < /srv/fleetwright-host/attempts)" = 3
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
      ignore_errors: true
`);
    expect(brief(steps)).toEqual([
      'loop: changed',
      'again: changed',
      'in vain: failed, ignored',
      'loop with a failure: failed, ignored',
    ]);
    expect(steps[2]?.message).toBe('non-zero return code (exit code 1): not yet');
    expect(steps[3]?.message).toBe('non-zero return code (exit code 1): no b');
  });

  test('a handler that is notified twice is two steps', async () => {
    const steps = await stepsOf(`${play}  handlers:
    - name: again
      command: "true"
  tasks:
    - {name: first, command: "true", notify: again}
    - meta: flush_handlers
    - {name: second, command: "true", notify: again}
`);
    expect(brief(steps)).toEqual(['first: changed', 'again: changed', 'second: changed', 'again: changed']);
  });

  test('rescued failures, failures in the background and hosts that delegate are told as what they were', async () => {
    const steps = await stepsOf(`${play}  tasks:
    - block:
        - {name: breaks, shell: echo broken; exit 4}
      rescue:
        - {name: mends, command: "true"}
    - name: elsewhere
      command: echo over there
      delegate_to: localhost
      connection: local
      vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
    - {name: in the background, shell: echo gone wrong >&2; exit 5, async: 30, poll: 1}
    - {name: never, command: "true"}
`);
    expect(brief(steps)).toEqual([
      'breaks: failed',
      'mends: changed',
      'elsewhere: changed',
      'in the background: asyncFailed',
    ]);
    expect(new Set(steps.map(({ host }) => host))).toEqual(new Set([site.host(0).address]));
    expect(steps[0]?.message).toBe('non-zero return code (exit code 4): broken');
    expect(steps[3]?.message).toMatch(/gone wrong/);
  });

  test('with the free strategy hosts go ahead of each other and every step is told once', async () => {
    const steps = await stepsOf(
      `- hosts: all
  gather_facts: false
  strategy: free
  tasks:
    - {name: one, shell: "sleep {{ 0.5 if inventory_hostname == '${site.host(0).address}' else 0 }}"}
    - {name: two, command: "true"}
    - {name: three, command: "true"}
`,
      true,
    );
    for (const { address } of site.hosts.hosts)
      expect(brief(steps.filter(({ host }) => host === address))).toEqual([
        'one: changed',
        'two: changed',
        'three: changed',
      ]);
  });

  test('a host that cannot be reached and what no_log hides are told without more than may be known', async () => {
    await site.host(2).stop();
    try {
      const { id } = await site.run(
        `${play}  tasks:\n    - {name: work, shell: "echo hidden-word >&2; exit 1", no_log: true}\n`,
      );
      const steps = await site.executor.steps(id);
      expect(brief(steps).toSorted()).toEqual(['work: failed', 'work: failed', 'work: unreachable']);
      expect(JSON.stringify(steps)).not.toContain('hidden');
      const { id: other } = await site.run(`${play}  tasks:\n    - {name: work, command: "true"}\n`);
      const lost = (await site.executor.steps(other)).find(({ result }) => result === 'unreachable');
      expect(lost).toMatchObject({
        host: site.host(2).address,
        message: expect.stringMatching(/Failed to connect to the host via ssh/),
      });
      expect(lost?.message).not.toContain(site.stateFolder);
    } finally {
      await site.host(2).start();
    }
  });

  test('while a run goes on, its steps so far are told, and the open one has no end', async () => {
    const run = site.spec(
      `${play}  tasks:\n    - {name: first, command: "true"}\n    - {name: long, command: sleep 600}\n`,
      { hosts: [site.host(0).address] },
    );
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
