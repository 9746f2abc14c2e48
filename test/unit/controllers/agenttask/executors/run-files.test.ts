import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunSpec } from '../../../../../controllers/agenttask/executors/executor.ts';
import { runFiles } from '../../../../../controllers/agenttask/executors/run-files.ts';
import { isRunId, runPaths } from '../../../../../controllers/agenttask/executors/run-folder.ts';

const run: RunSpec = {
  id: 'a-1',
  hosts: ['web-1', 'localhost'],
  content: '- ping:\n',
  user: 'deploy',
  become: { user: 'root', method: 'sudo' },
  variables: { x: '{{ y }}' },
  forks: 7,
  timeoutSeconds: 60,
  sshPrivateKey: 'PRIVATE KEY-----',
  hostKeyChecking: true,
};
const paths = runPaths('/state 100%', run.id);
const settings = { ansibleRunner: '/venv/bin/ansible-runner', searchPath: '/usr/bin', knownHostsFile: '/etc/known' };
const files = (change: Partial<RunSpec> = {}): ReadonlyMap<string, string> =>
  runFiles({ ...run, ...change }, paths, settings);

const environment = (): Readonly<Record<string, string>> => {
  const plan = JSON.parse(files().get('plan.json') ?? '') as { environment: Record<string, string> };
  return plan.environment;
};

describe('runFiles', () => {
  test('keeps tasks in a file of their own and imports them into a play', () => {
    expect(files().get('project/tasks.yml')).toBe(run.content);
    expect(files().get('project/playbook.yml')).toContain('import_tasks: tasks.yml');
    expect(files({ content: '- hosts: all\n' }).get('project/playbook.yml')).toBe('- hosts: all\n');
  });

  test('writes content without a byte order mark', () => {
    expect(files({ content: '\uFEFF- ping:\n' }).get('project/tasks.yml')).toBe('- ping:\n');
    expect(files({ content: '\uFEFF- hosts: all\n' }).get('project/playbook.yml')).toBe('- hosts: all\n');
  });

  test('gives localhost the local connection and other hosts nothing', () => {
    const inventory: unknown = JSON.parse(files().get('inventory/hosts.yml') ?? '');
    expect(inventory).toEqual({
      all: {
        hosts: {
          'web-1': {},
          localhost: { ansible_connection: 'local', ansible_python_interpreter: '/venv/bin/python3' },
        },
      },
    });
  });

  test('ends the key with a line end, without which ssh refuses it, and has the supervisor delete it', () => {
    expect(files().get('ssh_key')).toBe('PRIVATE KEY-----\n');
    expect(JSON.parse(files().get('plan.json') ?? '')).toMatchObject({ secrets: ['ssh_key'], timeoutSeconds: 60 });
  });

  test('checks host keys against the lines of the run, else the file of the executor', () => {
    expect(files().get('ssh_config')).toContain('UserKnownHostsFile "/etc/known"');
    expect(files({ knownHosts: 'x' }).get('ssh_config')).toContain('UserKnownHostsFile "/state 100%%/a-1/known_hosts"');
    expect(files().get('ssh_config')).toContain('StrictHostKeyChecking yes');
    expect(files({ hostKeyChecking: false }).get('ssh_config')).toContain('StrictHostKeyChecking no');
  });

  test('passes no variable of the surroundings on', () => {
    process.env['ANSIBLE_FORCE_COLOR'] = '1';
    try {
      const plan = files().get('plan.json') ?? '';
      expect(plan).not.toContain('ANSIBLE_FORCE_COLOR');
      expect(JSON.parse(plan)).toMatchObject({
        environment: { HOME: '/state 100%/a-1/home', ANSIBLE_CONFIG: '/state 100%/a-1/ansible.cfg' },
      });
    } finally {
      delete process.env['ANSIBLE_FORCE_COLOR'];
    }
  });
});

describe('the environment of a run', () => {
  test('an inventory that cannot be read as a whole ends the run, by the name that Ansible knows', () => {
    expect(environment()).toMatchObject({ ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: 'True' });
    expect(environment()).not.toHaveProperty('ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FATAL');
  });

  test('our own ansible-playbook is found before that of the environment', async () => {
    const [own = '', installed] = environment()['PATH']?.split(':') ?? [];
    await access(join(own, 'ansible-playbook'), constants.X_OK);
    expect(own).toContain('controllers/agenttask');
    expect(installed).toBe('/venv/bin');
  });
});

describe('run ids', () => {
  test.each(['', '.', '..', '.ended', '../x', 'a/b', 'a\n', '-x', 'x'.repeat(129)])('cannot be %j', (id) => {
    expect(isRunId(id)).toBe(false);
    expect(() => runPaths('/state', id)).toThrow(/^id: /);
  });
});
