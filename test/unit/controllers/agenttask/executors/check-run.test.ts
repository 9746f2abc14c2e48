import { describe, expect, test } from 'vitest';
import { checkRun } from '../../../../../controllers/agenttask/executors/check-run.ts';
import { InvalidRunError } from '../../../../../controllers/agenttask/executors/errors.ts';
import type { RunSpec } from '../../../../../controllers/agenttask/executors/executor.ts';

const run: RunSpec = {
  id: 'a-1',
  hosts: ['web-1.example.com', '10.0.0.1', '2001:db8::1', 'localhost'],
  content: '- ping:\n',
  user: 'root',
  variables: { answer: 42, ansible_port: 2222, ansible_python_interpreter: '/usr/bin/python3.12' },
  forks: 5,
  timeoutSeconds: 60,
  hostKeyChecking: true,
};

function refusedField(change: Partial<RunSpec>): string {
  try {
    checkRun({ ...run, ...change });
  } catch (error) {
    if (error instanceof InvalidRunError) {
      return error.message.startsWith(`${error.field}: `)
        ? error.field
        : `no field at the beginning of: ${error.message}`;
    }
    throw error;
  }
  return 'none';
}

describe('checkRun', () => {
  test('accepts names, addresses and ordinary variables', () => {
    expect(refusedField({})).toBe('none');
  });

  test.each([
    ['a template', '{{ lookup("pipe", "id") }}'],
    ['an option of ssh', '-oProxyCommand=id'],
    ['shell characters', 'web;id'],
    ['a range', 'web[1:3]'],
    ['a pattern', '*'],
    ['a port', 'web:22'],
    ['a line end', 'web\nlocalhost'],
    ['a line end at its end', 'web\n'],
    ['a list', 'web,db'],
    ['a group of Ansible', 'all'],
    ['a path', '../web'],
    ['nothing', ''],
    ['300 characters', 'x'.repeat(300)],
  ])('refuses %s as a host', (_name, host) => {
    expect(refusedField({ hosts: ['web-1', host] })).toBe('hosts');
  });

  test('refuses no hosts and a host listed twice', () => {
    expect(refusedField({ hosts: [] })).toBe('hosts');
    expect(refusedField({ hosts: ['a', 'b', 'a'] })).toBe('hosts');
  });

  test.each([
    'ansible_connection',
    'ansible_ssh_common_args',
    'ansible_ssh_executable',
    'ansible_become_exe',
    'bad-name',
    '1x',
    '',
  ])('refuses the variable %j', (name) => {
    expect(refusedField({ variables: { [name]: 'x' } })).toBe('variables');
  });

  test('refuses values of connection variables that are more than a path or a port', () => {
    expect(refusedField({ variables: { ansible_python_interpreter: '/bin/sh -c id' } })).toBe('variables');
    expect(refusedField({ variables: { ansible_port: '22 -o ProxyCommand=id' } })).toBe('variables');
  });

  test.each([
    ['user', { user: '-oProxyCommand=id' }],
    ['user', { user: '' }],
    ['become.user', { become: { user: 'a b', method: 'sudo' } }],
    ['become.method', { become: { user: 'root', method: '../x' } }],
    ['forks', { forks: 0 }],
    ['timeoutSeconds', { timeoutSeconds: 1.5 }],
    ['sshPrivateKey', { sshPrivateKey: 'ssh-ed25519 AAAA' }],
  ])('refuses a wrong %s', (field, change) => {
    expect(refusedField(change)).toBe(field);
  });
});
