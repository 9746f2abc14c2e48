import { describe, expect, test } from 'vitest';

import { upgradeOf } from '../rollingupgrade/objects.ts';
import { apiForFile } from './objects.ts';

type Spec = Readonly<Record<string, unknown>>;

const api = apiForFile();
const { spec } = upgradeOf({ name: 'x', namespace: 'x' }, ['os-1', 'os-2'], ['https://os-1.example.com:9200']);
const { hosts } = spec.members;
const { openSearch } = spec.engine;

function upgrade(name: string, change: Spec = {}): object {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'RollingUpgrade',
    metadata: { name },
    spec: { ...spec, ...change },
  };
}

function patch(name: string, change: Spec): readonly string[] {
  return ['patch', 'rollingupgrade', name, '--type=merge', '-p', JSON.stringify({ spec: change })];
}

test('an upgrade gets its defaults, and is not ready before any controller has seen it', async () => {
  const { stdout, stderr } = await api.create(upgrade('defaults'));
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    spec: { healthTimeoutSeconds: 600, allowDowntime: false, acceptZeroReplicas: false, dryRun: false, stop: false },
    status: { observedGeneration: 0, phase: 'Pending', conditions: [{ type: 'Ready', status: 'Unknown' }, {}] },
  });
});

const template = (change: Spec): Spec => ({
  members: { hosts: { ...hosts, taskTemplate: { ...hosts.taskTemplate, ...change } } },
});
const nodes = (...given: readonly Spec[]): Spec => ({ members: { hosts: { ...hosts, nodes: given } } });
const endpoint = (url: string): Spec => ({ engine: { openSearch: { ...openSearch, endpoints: [url] } } });

test.each<[what: string, change: Spec, problem: string]>([
  ['a number that is none', { serviceGroupInstanceNo: '0815' }, 'not a number'],
  ['no number', { serviceGroupInstanceNo: undefined }, 'serviceGroupInstanceNo: Required value'],
  ['a version that is none', { targetVersion: '2.9' }, 'targetVersion'],
  ['a version with a word', { targetVersion: '2.9.0-rc1' }, 'not a version'],
  ['no engine', { engine: {} }, 'openSearch: Required value'],
  ['an endpoint that is no URL', endpoint('os-1:9200/x'), 'not the URL of a search cluster'],
  ['a password in an endpoint', endpoint('https://me:secret@os-1:9200'), 'put the credential into the Secret'],
  ['no nodes', nodes(), 'should have at least 1 items'],
  ['one node twice', nodes({ name: 'a', host: 'a' }, { name: 'a', host: 'b' }), 'Duplicate value'],
  ['a host that is an option of ssh', nodes({ name: 'a', host: '-oProxyCommand=x' }), 'not a host'],
  ['a host that is all of them', nodes({ name: 'a', host: 'all' }), 'takes this name for all hosts'],
  ['no job', template({ jobRef: undefined }), 'jobRef: Required value'],
  ['a job that no object can be called', template({ jobRef: { name: 'A b' } }), 'not the name of an object'],
  ['a user that is none', template({ user: 'a b' }), 'not a user name'],
  ['an image of its own', template({ job: { image: 'x' } }), 'unknown field'],
  ['a repository that is a pattern', { snapshot: { repository: 'nightly-*' } }, 'not the name of a repository'],
  ['a point that is none', { rollout: { confirmBefore: ['FirstNode'] } }, 'Unsupported value'],
  ['no patience', { healthTimeoutSeconds: 1 }, 'greater than or equal to 10'],
])('an upgrade is refused with %s', async (_what, change, problem) => {
  const { code, stderr } = await api.create(upgrade('refused', change));
  expect(code).not.toBe(0);
  expect(stderr).toContain(problem);
});

describe('an upgrade that has started', () => {
  const changes: readonly [field: string, change: Spec][] = [
    ['serviceGroupInstanceNo', { serviceGroupInstanceNo: '2' }],
    ['targetVersion', { targetVersion: '2.10.0' }],
    ['engine', { engine: { openSearch: { endpoints: ['https://other:9200'] } } }],
    ['members', template({ variables: { a: 1 } })],
    ['snapshot', { snapshot: { repository: 'nightly' } }],
    ['allowDowntime', { allowDowntime: true }],
    ['acceptZeroReplicas', { acceptZeroReplicas: true }],
    ['dryRun', { dryRun: true }],
  ];

  test('keeps what it was started with, but may be stopped, for good', async () => {
    await api.create(upgrade('started'));
    await api.must(...patch('started', { targetVersion: '2.8.0' }));
    await api.must(...patch('started', { targetVersion: '2.9.0' }));
    const status = JSON.stringify({ status: { startTime: '2026-01-01T00:00:00Z', allocation: {} } });
    await api.must('patch', 'rollingupgrade', 'started', '--subresource=status', '--type=merge', '-p', status);
    for (const [field, change] of changes) {
      const problem = `${field} cannot change once the upgrade has started; create a new RollingUpgrade instead`;
      await expect(api.must(...patch('started', change))).rejects.toThrow(problem);
    }
    await api.must(...patch('started', { paused: true, healthTimeoutSeconds: 60, stop: true }));
    await expect(api.must(...patch('started', { stop: false }))).rejects.toThrow('stop cannot be taken back');
    expect(JSON.parse(await api.must('get', 'rollingupgrade', 'started', '--output=json'))).toMatchObject({
      status: { allocation: {} },
    });
  });

  test('takes a confirmation of what it waits for, and of nothing else', async () => {
    await api.create(upgrade('waiting'));
    const waiting = { node: 'os-2', point: 'EachNode', since: '2026-01-01T00:00:00Z' };
    const status = JSON.stringify({ status: { startTime: '2026-01-01T00:00:00Z', waiting } });
    await api.must('patch', 'rollingupgrade', 'waiting', '--subresource=status', '--type=merge', '-p', status);
    const confirm = { node: 'os-1', user: 'eva' };
    await expect(api.must(...patch('waiting', { confirm }))).rejects.toThrow('does not wait for this');
    await api.must(...patch('waiting', { confirm: { ...confirm, node: 'os-2' } }));
    const answered = JSON.stringify({ status: { waiting: null } });
    await api.must('patch', 'rollingupgrade', 'waiting', '--subresource=status', '--type=merge', '-p', answered);
    await api.must(...patch('waiting', { paused: true }));
  });
});
