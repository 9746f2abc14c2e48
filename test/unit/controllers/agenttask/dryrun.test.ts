import { describe as group, expect, test } from 'vitest';

import { describe } from '../../../../controllers/agenttask/dryrun.ts';
import { settingsOf } from '../../../../controllers/agenttask/run/settings.ts';
import type { AgentTaskSpec } from '../../../../crds/types/agenttask.ts';
import { shown } from '../../../harness/agenttask/observed.ts';

function steps(spec: AgentTaskSpec): readonly string[] {
  const task = shown(spec);
  return describe(settingsOf(task, undefined), task);
}

group('the plan of a dry run', () => {
  test('tells every step in order, and names what is used', () => {
    const content = '- hosts: all\n  name: patch\n- hosts: web\n  tasks: []\n';
    expect(
      steps({
        hosts: ['a', 'b'],
        content,
        become: {},
        user: 'ops',
        variables: { z: 1, a: 2 },
        credentialsSecretRef: { name: 'key' },
        timeoutSeconds: 60,
      }),
    ).toEqual([
      'claim a, b',
      'log in as ops, becoming root by sudo, with the key of Secret key, host keys checked',
      'set the variables a, z',
      'run play 1: patch',
      'run play 2: hosts',
      'on 2 hosts, 5 at a time, for at most 60 s',
    ]);
  });

  test('tells what stands between the batches of a task on a group', () => {
    const rollout = { confirmBefore: [1, 3], bakeSeconds: 60, onFailure: 'End', deadlineSeconds: 900 } as const;
    const task = shown({ groupRef: { name: 'web' }, rollout });
    const batches = [['a'], ['b', 'c']];
    expect(describe({ ...settingsOf(task, undefined), hosts: batches.flat() }, task, { is: 'known', batches })).toEqual(
      [
        'wait for confirmation before batch 1, 3',
        'wait 60 s after each batch',
        'end after a batch that does not succeed',
        'end after 900 s of work',
        'make an AgentTask for each batch, one after the other: web-u1-1 for a, web-u1-2 for b c; each of them will',
        'claim a, b, c',
        'log in as root, host keys checked',
        'run task 1: greet',
        'on 3 hosts, 5 at a time, for at most 3600 s',
      ],
    );
  });

  test('tells of a shared task that claims nothing, and of host keys that nobody checks', () => {
    expect(steps({ shared: true, hostKeyChecking: 'Disabled', content: '- ansible.builtin.ping:\n' })).toEqual([
      'claim no host (shared)',
      'log in as root, host keys not checked',
      'run task 1: ansible.builtin.ping',
      'on 1 host, 5 at a time, for at most 3600 s',
    ]);
  });

  test('never quotes the values of variables', () => {
    expect(steps({ variables: { password: 'hunter2' } }).join('\n')).not.toContain('hunter2');
  });

  test.each([
    ['an alias that leads nowhere', '- name: *nowhere\n', 'run task 1: name'],
    ['an entry without keys', '- {}\n', 'run task 1'],
    ['a key that is no name', '- ? [a]\n  : 1\n', 'run task 1'],
    [
      'aliases that would grow without end',
      `- a: &x [${'1, '.repeat(20)}]\n  b: &y [${'*x, '.repeat(20)}]\n  c: [${'*y, '.repeat(20)}]\n`,
      'run task 1: a',
    ],
  ])('survives %s', (_name, content, step) => {
    expect(steps({ content })).toContain(step);
  });

  test('stays short for many hosts, many tasks and long names', () => {
    const plan = steps({
      hosts: Array.from({ length: 1000 }, (_, index) => `host-${index}`),
      content: `- name: ${'x'.repeat(2000)}\n`.repeat(500),
    });
    expect(plan).toHaveLength(23);
    expect(plan[0]).toMatch(/host-19 and 980 more$/);
    expect(Math.max(...plan.map((step) => step.length))).toBe(512);
  });
});
