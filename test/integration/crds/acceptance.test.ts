import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { agentJob, agentTask, apiForFile, minimal } from './objects.ts';
import type { Spec } from './objects.ts';

const api = apiForFile();
const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));

async function created(name: string, spec: Spec): Promise<AgentTask> {
  const { code, stdout, stderr } = await api.create(agentTask(name, spec));
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

describe('an AgentTask', () => {
  test('gets its defaults, but none where an AgentJob may give one', async () => {
    const { spec } = await created('defaults', minimal);
    const defaults = {
      executor: 'auto',
      hostKeyChecking: 'Strict',
      shared: false,
      splitBy: 'None',
      stop: false,
      paused: false,
      dryRun: false,
    };
    expect(spec).toEqual({ ...minimal, ...defaults });
  });

  test('becomes root by sudo when it says no more than become', async () => {
    expect((await created('become', { ...minimal, become: {} })).spec.become).toEqual({ user: 'root', method: 'sudo' });
  });

  test('shows tools that wait for it that it is not ready, before any controller has seen it', async () => {
    const { status } = await created('fresh', minimal);
    expect(status).toMatchObject({
      observedGeneration: 0,
      phase: 'Pending',
      conditions: [
        { type: 'Ready', status: 'Unknown' },
        { type: 'Reconciling', status: 'True' },
      ],
    });
  });

  test('keeps the conditions it was shown with when a controller first writes something else', async () => {
    await created('first-write', minimal);
    await api.patchStatus('first-write', { phase: 'Running' });
    const task: AgentTask = JSON.parse(await api.must('get', 'agenttask', 'first-write', '--output=json'));
    expect(task.status?.phase).toBe('Running');
    expect(task.status?.conditions?.map(({ type }) => type)).toEqual(['Ready', 'Reconciling']);
  });

  test('keeps variables of every JSON type as they are', async () => {
    const variables = {
      text: 'a',
      number: 1.5,
      whole: 2,
      no: false,
      nothing: null,
      list: [1, [null]],
      map: { a: { b: null } },
    };
    expect((await created('variables', { ...minimal, variables })).spec.variables).toEqual(variables);
  });

  test.each([
    [
      'host names',
      ['web-1', 'WEB-2', 'db_3', 'a.b.c.example.com', '1password.example.com', 'xn--bcher-kva.example', '_gateway'],
    ],
    ['IPv4 addresses', ['192.0.2.1', '255.255.255.255']],
    ['IPv6 addresses', ['2001:db8::1', '::1', 'fe80::1']],
    [
      '1000 hosts of 253 characters',
      Array.from({ length: 1000 }, (_, index) => `${'a'.repeat(63)}.`.repeat(3) + `${index}`.padStart(61, 'b')),
    ],
  ])('may name its hosts by %s', async (what, hosts) => {
    const { spec } = await created(what.toLowerCase().replaceAll(' ', '-'), { ...minimal, hosts });
    expect(spec.hosts).toEqual(hosts);
  });

  test('may have content of 512 KiB', async () => {
    const content = `# ${'x'.repeat(524_288 - 2)}`;
    expect((await created('large', { hosts: ['web-1'], content })).spec.content).toBe(content);
  });

  test('may run on a group and use a job', async () => {
    const rollout = {
      confirmBefore: [1, 3],
      bakeSeconds: 600,
      failureLimit: { failed: '10%', unreachable: 1 },
      deadlineSeconds: 7200,
    };
    const refs = { groupRef: { name: 'web.europe' }, jobRef: { name: 'job-1' } };
    const { spec } = await created('refs', { ...refs, rollout });
    expect(spec).toMatchObject({ ...refs, rollout: { ...rollout, onFailure: 'Wait' } });
  });

  test('is found by source, correlation id and phase', async () => {
    await created('found', { ...minimal, source: 'portal', correlationID: '16-16' });
    await api.patchStatus('found', { phase: 'Stopped' });
    const selector = '--field-selector=spec.source=portal,spec.correlationID=16-16,status.phase=Stopped';
    expect(await api.must('get', 'at', selector, '--output=name')).toBe('agenttask.fleetwright.io/found\n');
  });

  test('shows in a list what one wants to see first, and the rest in the wide list', async () => {
    await created('columns', { ...minimal, source: 'portal', correlationID: '7' });
    const condition = {
      status: 'False',
      reason: 'HostsFailed',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const summary = { total: 3, ok: 1, changed: 0, failed: 2, unreachable: 0, skipped: 0, notRun: 0 };
    await api.patchStatus('columns', {
      phase: 'PartlySucceeded',
      summary,
      conditions: [{ type: 'Ready', ...condition }],
    });
    const [head = '', row = ''] = (await api.must('get', 'at', 'columns')).split('\n');
    expect(head.split(/\s+/).filter(Boolean)).toEqual(['NAME', 'PHASE', 'HOSTS', 'FAILED', 'REASON', 'AGE']);
    expect(row.split(/\s+/).slice(0, 5)).toEqual(['columns', 'PartlySucceeded', '3', '2', 'HostsFailed']);
    const [wide = ''] = (await api.must('get', 'at', 'columns', '--output=wide')).split('\n');
    expect(wide.split(/\s+/)).toEqual(
      expect.arrayContaining(['SOURCE', 'CORRELATIONID', 'UNREACHABLE', 'STARTED', 'FINISHED']),
    );
  });

  test('can report 1000 hosts with messages, and the book-keeping of field owners stays small', async () => {
    const report = await created('report', minimal);
    const counts = { ok: 1, changed: 0, failed: 1, skipped: 0, unreachable: 0 };
    const hosts = Array.from({ length: 1000 }, (_, index) => ({
      name: `web-${index}`,
      result: 'failed',
      message: 'm'.repeat(256),
      counts,
    }));
    expect(await api.replaceStatus({ ...report, status: { hosts } })).toMatchObject({ code: 0, stderr: '' });
    const stored = await api.must('get', 'at', 'report', '--output=json', '--show-managed-fields');
    const task: AgentTask & { readonly metadata: { readonly managedFields: unknown } } = JSON.parse(stored);
    expect(task.status?.hosts).toEqual(hosts);
    expect(JSON.stringify(task.metadata.managedFields).length).toBeLessThan(JSON.stringify(hosts).length / 4);
  });

  test('takes no status from whoever creates it', async () => {
    const { code, stdout } = await api.create({ ...agentTask('no-status', minimal), status: { phase: 'Succeeded' } });
    expect(code).toBe(0);
    const task: AgentTask = JSON.parse(stdout);
    expect(task.status?.phase).toBe('Pending');
  });
});

test('an AgentJob is accepted, is listed by its short name and has no status', async () => {
  const { code, stdout } = await api.create(
    agentJob('job', { content: '- ansible.builtin.ping:', become: {}, forks: 7, description: 'Pings.' }),
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ spec: { become: { user: 'root', method: 'sudo' }, forks: 7 } });
  expect(JSON.parse(stdout)).not.toHaveProperty('status');
  const [head = '', row = ''] = (await api.must('get', 'aj', 'job', '--output=wide')).split('\n');
  expect(head.split(/\s+/).filter(Boolean)).toEqual(['NAME', 'USER', 'FORKS', 'TIMEOUT', 'AGE', 'DESCRIPTION']);
  expect(row).toContain('Pings.');
});

test('both kinds are in the category fleetwright, and their definitions are established', async () => {
  const names = await api.must('api-resources', '--categories=fleetwright', '--output=name');
  expect(names.split('\n')).toEqual(expect.arrayContaining(['agenttasks.fleetwright.io', 'agentjobs.fleetwright.io']));
  await api.must(
    'wait',
    '--for=condition=Established',
    '--timeout=30s',
    'crd/agenttasks.fleetwright.io',
    'crd/agentjobs.fleetwright.io',
  );
});

test.each([
  ['agenttask', 'An AgentTask runs Ansible content on machines over SSH'],
  ['agenttask.spec', 'Only stop, confirm, paused and ttlSecondsAfterFinished may'],
  ['agenttask.spec.forks', "Defaults to the AgentJob's, else 5."],
  ['agenttask.spec.become', 'become {} means root by way of sudo'],
  ['agenttask.status.hosts.result', 'notRun: no step ran there, because the run ended before this host'],
  ['agentjob.spec.variables', "A task's variable of the same name wins"],
])('kubectl explain %s teaches what it is', async (path, expected) => {
  const text = (await api.must('explain', path)).replaceAll(/\s+/g, ' ');
  expect(text.toLowerCase()).toContain(expected.toLowerCase());
});

test.each((await readdir(examples)).filter((name) => name.endsWith('.yaml')))(
  'examples/%s is accepted by the API server',
  async (name) => {
    const { code, stderr } = await api.run(
      'apply',
      '--server-side',
      '--dry-run=server',
      '--filename',
      `${examples}${name}`,
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
  },
);
