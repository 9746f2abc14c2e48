import { describe, expect, test } from 'vitest';

import { modernTask } from '../../../../apiserver/dispatch/action-form.ts';

type Task = Readonly<Record<string, unknown>>;

describe('a task that names its module under action', () => {
  test.each<[Task, Task]>([
    [{ action: { module: 'ping' } }, { ping: {} }],
    [{ action: { module: 'longscript', content: 'echo {{word}}' } }, { longscript: { content: 'echo {{word}}' } }],
    [{ action: { module: 'shell', args: 'NOW=`date`; echo $NOW' } }, { shell: 'NOW=`date`; echo $NOW' }],
    [{ action: { module: 'shell', args: 'ls', chdir: '/tmp' } }, { shell: 'ls', args: { chdir: '/tmp' } }],
    [{ action: { module: 'shell ls -l', args: { chdir: '/tmp' } } }, { shell: 'ls -l', args: { chdir: '/tmp' } }],
    [
      { action: { module: 'shell ls -l' }, args: { chdir: '/tmp' } },
      { shell: 'ls -l', args: { chdir: '/tmp' } },
    ],
    [
      { action: { module: 'shell', args: 'ls', chdir: '/tmp' }, args: { chdir: '/home' } },
      { shell: 'ls', args: { chdir: '/home' } },
    ],
    [
      { action: { module: 'ansible.builtin.copy', args: { src: 'a' }, dest: 'b' } },
      { 'ansible.builtin.copy': { dest: 'b', src: 'a' } },
    ],
    [{ local_action: { module: 'shell', args: 'ls' } }, { shell: 'ls', delegate_to: 'localhost' }],
  ])('%j is %j', (task, expected) => {
    expect(modernTask(task)).toEqual(expected);
  });

  test('keeps what stands beside it, in its order', () => {
    const task = { name: 'look', action: { module: 'command', args: 'ls' }, register: 'seen', when: 'true' };
    expect(JSON.stringify(modernTask(task))).toBe('{"name":"look","command":"ls","register":"seen","when":"true"}');
  });

  test.each<Task>([
    { ping: null },
    { action: 'shell ls' },
    { action: { args: 'ls' } },
    { action: { module: 5 } },
    { action: { module: 'a b', args: 'c' } },
    { action: { module: 'shell', args: ['ls'] } },
    { action: { module: 'no-module', args: 'ls' } },
    { action: { module: 'shell', args: 'ls' }, shell: 'ls' },
    { action: { module: 'shell', args: 'ls', chdir: '/' }, args: 'x=y' },
  ])('is left to Ansible when it is not in that form: %j', (task) => {
    expect(modernTask(task)).toBe(task);
  });
});
