import { beforeAll, describe, expect, test } from 'vitest';

import { controllers } from '../../../chart/guarded.ts';
import { site } from './site.ts';

const parent = 'fleetwright.io/parent';
const spec = { hosts: ['web-1'], content: '- hosts: all\n' };
const node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'guarded', labels: { pool: 'a' }, annotations: { mine: 'stays' } },
  spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] },
};
const stageTaint = { key: 'fleetwright.io/stage', value: 'support', effect: 'NoSchedule' };

function child(labels: Readonly<Record<string, string>>): object {
  const metadata = { namespace: 'default', name: 'child', labels };
  return { apiVersion: 'fleetwright.io/v1alpha1', kind: 'AgentTask', metadata, spec };
}

beforeAll(async () => {
  const made = { apiVersion: 'fleetwright.io/v1alpha1', kind: 'AgentTask', spec };
  await site().apply([
    node,
    { ...made, metadata: { namespace: 'default', name: 'made', labels: { [parent]: 'uid-of-another' } } },
  ]);
  await site().inForce(() => site().create('ann', child({ [parent]: 'uid' })), 'the controllers set it');
  await site().inForce(() => site().patch(controllers, ['node', 'guarded'], label), 'change nothing else of them');
});

const label = { metadata: { labels: { pool: 'b' } } };

describe('the label by which a task works under the claims of another object', () => {
  test('is set by the controllers, and by those who may put things right, and by nobody else', async () => {
    expect((await site().create('ann', child({ [parent]: 'uid' }))).stderr).toContain('the controllers set it');
    for (const user of [controllers, 'break-glass'])
      expect(await site().create(user, child({ [parent]: 'uid' }))).toMatchObject({ code: 0, stderr: '' });
    expect(await site().create('ann', child({}))).toMatchObject({ code: 0, stderr: '' });
  });

  test.each([
    ['is not given to a task that has none', 'web', { [parent]: 'uid' }],
    ['does not change', 'made', { [parent]: 'uid' }],
    ['is not taken away', 'made', { [parent]: null }],
  ])('%s', async (_, name, labels) => {
    const task = ['agenttask', name, '-n', 'default'];
    expect((await site().patch('ann', task, { metadata: { labels } })).stderr).toContain('the controllers set it');
  });

  test('leaves the rest of such a task free', async () => {
    const task = ['agenttask', 'made', '-n', 'default'];
    expect(await site().patch('ann', task, { spec: { stop: true } })).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('of nodes the controllers', () => {
  test('change cordon, taint and record of a stage', async () => {
    // Kubernetes itself taints it at any moment, since no kubelet speaks for it: what is there is not written again.
    const change = JSON.stringify([
      { op: 'add', path: '/metadata/annotations/fleetwright.io~1stage-undo', value: 'what was there before' },
      { op: 'add', path: '/spec/unschedulable', value: true },
      { op: 'add', path: '/spec/taints/-', value: stageTaint },
    ]);
    const patch = ['patch', 'node', 'guarded', '--type=json', '-p', change];
    expect(await site().attempt(controllers, patch)).toMatchObject({ code: 0, stderr: '' });
  });

  test.each([
    ['a label', label],
    ['an annotation', { metadata: { annotations: { mine: 'changed' } } }],
    ['an annotation that is not there', { metadata: { annotations: { other: 'new' } } }],
    ['a taint of others', { spec: { taints: [stageTaint] } }],
    ['a taint of their own making', { spec: { taints: [...node.spec.taints, { key: 'x', effect: 'NoExecute' }] } }],
  ])('do not change %s', async (_, change) => {
    const { stderr } = await site().patch(controllers, ['node', 'guarded'], change);
    expect(stderr).toContain('change nothing else of them');
  });
});
