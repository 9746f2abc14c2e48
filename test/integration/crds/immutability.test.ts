import { describe, expect, test } from 'vitest';
import { agentTask, apiForFile, minimal } from './objects.ts';
import type { Spec } from './objects.ts';

const api = apiForFile();
const variables = { a: 1, b: { c: [1, { d: null }], e: 'x' }, nothing: null };
const full = {
  ...minimal,
  user: 'deploy',
  become: {},
  variables,
  forks: 2,
  timeoutSeconds: 60,
  job: { shardSize: 10 },
  credentialsSecretRef: { name: 'key' },
  correlationID: '1',
  source: 'portal',
} satisfies Spec;

async function start(
  name: string,
  spec: Spec,
  status: object = { phase: 'Running', startTime: '2026-01-01T00:00:00Z' },
): Promise<void> {
  expect(await api.create(agentTask(name, spec))).toMatchObject({ code: 0, stderr: '' });
  expect(await api.patchStatus(name, status)).toMatchObject({ code: 0, stderr: '' });
}

/** Replaces a field as a whole, which a merge patch cannot do for maps. */
async function replace(name: string, field: string, value: unknown): ReturnType<typeof api.run> {
  const operation =
    value === undefined ? { op: 'remove', path: `/spec/${field}` } : { op: 'add', path: `/spec/${field}`, value };
  return api.run('patch', 'agenttask', name, '--type=json', '--dry-run=server', '--patch', JSON.stringify([operation]));
}

const changes: readonly (readonly [field: string, value: unknown])[] = [
  ['hosts', ['web-1', 'web-2']],
  ['content', '- ansible.builtin.setup:'],
  ['user', 'root'],
  ['user', undefined],
  ['become', { user: 'postgres' }],
  ['become', undefined],
  ['forks', 3],
  ['forks', undefined],
  ['timeoutSeconds', 61],
  ['executor', 'job'],
  ['job', undefined],
  ['job', { shardSize: 11 }],
  ['job', { shardSize: 10, resources: { limits: { memory: '1Gi' } } }],
  ['credentialsSecretRef', { name: 'other' }],
  ['credentialsSecretRef', undefined],
  ['hostKeyChecking', 'Disabled'],
  ['correlationID', '2'],
  ['source', undefined],
  ['shared', true],
  ['dryRun', true],
  ['splitBy', 'Host'],
  ['variables', undefined],
  ['variables', {}],
  ['variables', { ...variables, a: 2 }],
  ['variables', { ...variables, a: '1' }],
  ['variables', { ...variables, added: 1 }],
  ['variables', { b: variables.b, nothing: null }],
  ['variables', { renamed: 1, b: variables.b, nothing: null }],
  ['variables', { a: 1, b: variables.b, renamed: null }],
  ['variables', { a: 1, b: variables.b, nothing: 0 }],
  ['variables', { ...variables, b: { c: [1, { d: null }], renamed: 'x' } }],
  ['variables', { ...variables, b: { c: [1, { renamed: null }], e: 'x' } }],
  ['variables', { ...variables, b: { c: [{ d: null }, 1], e: 'x' } }],
];

const waiting = (batch: number, revision: string): Spec => ({
  waiting: { batch, revision, reason: 'BatchFailed', since: '2026-01-01T00:00:00Z' },
});
const confirming = (batch: number, revision: string, more: object = {}): Spec => ({
  confirm: { batch, revision, user: 'alice', ...more },
});

describe('a task that runs', () => {
  test('refuses every change of what it runs, by the field, with what to do instead', async () => {
    await start('running', full);
    for (const [field, value] of changes) {
      const answer = await replace('running', field, value);
      const reason = `${field} cannot change once the task has started; create a new AgentTask instead`;
      const forbidden = `spec.${field}: Forbidden: ${reason}`;
      expect({ field, value, ...answer }).toMatchObject({
        field,
        value,
        code: 1,
        stderr: expect.stringContaining(forbidden),
      });
    }
  });

  test('refuses to exchange content for a job and hosts for a group', async () => {
    await start('exchange', full);
    const { code, stderr } = await api.patch('exchange', {
      content: null,
      jobRef: { name: 'a' },
      hosts: null,
      groupRef: { name: 'b' },
    });
    expect(code).toBe(1);
    for (const field of ['content', 'jobRef', 'hosts', 'groupRef'])
      expect(stderr).toContain(`spec.${field}: Forbidden`);
  });

  test('takes the same values again, in any order of names', async () => {
    await start('same', full);
    const { nothing, ...rest } = variables;
    expect(await replace('same', 'variables', { nothing, ...rest })).toMatchObject({ code: 0, stderr: '' });
    expect(await replace('same', 'hosts', full.hosts)).toMatchObject({ code: 0, stderr: '' });
  });

  test('may be paused, kept for another time, labelled and stopped, and a stop cannot be taken back', async () => {
    await start('stop', full);
    for (const spec of [
      { paused: true },
      { paused: false },
      { ttlSecondsAfterFinished: 60 },
      { ttlSecondsAfterFinished: null },
      { stop: true },
    ]) {
      expect({ spec, ...(await api.patch('stop', spec)) }).toMatchObject({ spec, code: 0, stderr: '' });
    }
    expect(await api.run('label', 'agenttask', 'stop', 'a=b')).toMatchObject({ code: 0, stderr: '' });
    for (const spec of [{ stop: false }, { stop: null }]) {
      const forbidden =
        'spec.stop: Forbidden: stop cannot be taken back once the task has started; create a new AgentTask';
      expect({ spec, ...(await api.patch('stop', spec)) }).toMatchObject({
        spec,
        code: 1,
        stderr: expect.stringContaining(forbidden),
      });
    }
  });

  test('on a group takes an answer to what it asks, and to nothing else', async () => {
    const refused = expect.stringContaining('spec.confirm: Forbidden: the task does not wait for this');
    await start('confirm', { content: minimal.content, groupRef: { name: 'web' } });
    expect(await api.patch('confirm', confirming(2, 'r1'))).toMatchObject({ code: 1, stderr: refused });
    await api.patchStatus('confirm', waiting(2, 'r1'));
    for (const early of [confirming(3, 'r1'), confirming(2, 'r2')])
      expect(await api.patch('confirm', early)).toMatchObject({ code: 1, stderr: refused });
    expect(await api.patch('confirm', confirming(2, 'r1', { action: 'Skip' }))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('hosts are for the actions Retry and Skip, which need them'),
    });
    const skip = confirming(2, 'r1', { action: 'Skip', hosts: ['web-1'] });
    expect(await api.patch('confirm', skip)).toMatchObject({ code: 0, stderr: '' });
    // What else is written meanwhile does not ask again for what was answered.
    await api.patchStatus('confirm', waiting(3, 'r3'));
    expect(await api.patch('confirm', { paused: true })).toMatchObject({ code: 0, stderr: '' });
    const proceed = confirming(3, 'r3', { action: 'Proceed', hosts: null });
    expect(await api.patch('confirm', proceed)).toMatchObject({ code: 0, stderr: '' });
  });

  test('on a group keeps how it goes from batch to batch', async () => {
    const rollout = { bakeSeconds: 60, failureLimit: { failed: '10%' } };
    await start('rollout', { content: minimal.content, groupRef: { name: 'web' }, rollout });
    for (const other of [{ bakeSeconds: 0 }, { failureLimit: { failed: 1 } }, null])
      expect(await api.patch('rollout', { rollout: other })).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('spec.rollout: Forbidden: rollout cannot change once the task has started'),
      });
  });
});

describe('a task that has not started', () => {
  test('may still be changed, and a stop taken back', async () => {
    await start('waiting', full, { phase: 'Pending', observedGeneration: 1 });
    const spec = { hosts: ['db-1'], forks: 9, variables: { a: 2 }, stop: true, user: null };
    expect(await api.patch('waiting', spec)).toMatchObject({ code: 0, stderr: '' });
    expect(await api.patch('waiting', { stop: false })).toMatchObject({ code: 0, stderr: '' });
  });

  test('counts as started from the moment a run is recorded', async () => {
    const run = { id: 'a-1', executor: 'local', location: 'here', timeoutSeconds: 60 };
    await start('recorded', full, { phase: 'Pending', run });
    expect((await api.patch('recorded', { forks: 9 })).stderr).toContain('spec.forks: Forbidden');
  });
});

test.each(['Succeeded', 'PartlySucceeded', 'Failed', 'Stopped'])(
  'a task in phase %s stays as it was',
  async (phase) => {
    const name = phase.toLowerCase();
    await start(name, full, { phase });
    expect((await api.patch(name, { hosts: ['db-1'] })).stderr).toContain('spec.hosts: Forbidden');
  },
);

describe('a task that failed before anything of it ran', () => {
  const { source: _, ...unasked } = full;

  test('may be corrected in every field', async () => {
    await start('refused', unasked, { phase: 'Failed', observedGeneration: 1 });
    const spec = { hosts: ['db-1'], content: '- ansible.builtin.setup:', variables: { a: 2 }, splitBy: 'Host' };
    expect(await api.patch('refused', spec)).toMatchObject({ code: 0, stderr: '' });
    expect(await api.patch('refused', { content: null, jobRef: { name: 'a' } })).toMatchObject({ code: 0, stderr: '' });
  });

  test.each<[what: string, spec: Spec, status: object]>([
    ['a program was told of it', full, {}],
    ['a run was recorded', unasked, { startTime: '2026-01-01T00:00:00Z' }],
  ])('but not when %s', async (what, spec, status) => {
    const name = what.replaceAll(' ', '-');
    await start(name, spec, { phase: 'Failed', ...status });
    expect((await api.patch(name, { content: '- ping:' })).stderr).toContain('spec.content: Forbidden');
  });
});

test('a split task that runs stays split, and takes the names of its children', async () => {
  await start('split', { ...minimal, splitBy: 'Host' });
  const forbidden =
    'spec.splitBy: Forbidden: splitBy cannot change once the task has started; create a new AgentTask instead';
  for (const value of ['None', undefined])
    expect({ value, ...(await replace('split', 'splitBy', value)) }).toMatchObject({
      value,
      code: 1,
      stderr: expect.stringContaining(forbidden),
    });
  const children = [{ name: 'split-01234567-1', host: 'web-1', phase: 'Running' }];
  expect(await api.patchStatus('split', { children })).toMatchObject({ code: 0, stderr: '' });
});

test.each<[what: string, status: object, field: string]>([
  ['an unknown phase', { phase: 'Done' }, 'status.phase'],
  ['a child without a host', { children: [{ name: 'a-1', phase: 'Running' }] }, 'status.children[0].host'],
  [
    'a child in an unknown phase',
    { children: [{ name: 'a-1', host: 'a', phase: 'Done' }] },
    'status.children[0].phase',
  ],
  ['an unknown result', { hosts: [{ name: 'a', result: 'fine' }] }, 'status.hosts[0].result'],
  [
    'a message of 257 characters',
    { hosts: [{ name: 'a', result: 'ok', message: 'm'.repeat(257) }] },
    'status.hosts[0].message',
  ],
  [
    'a condition without a reason',
    { conditions: [{ type: 'Ready', status: 'True', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
    'status.conditions[0].reason',
  ],
])('a status with %s is refused', async (what, status, field) => {
  const name = what.replaceAll(/[^a-z0-9]+/g, '-');
  expect(await api.create(agentTask(name, minimal))).toMatchObject({ code: 0 });
  const { code, stderr } = await api.patchStatus(name, status);
  expect(code).toBe(1);
  expect(stderr).toContain(field);
});
