import { expect, onTestFinished, test } from 'vitest';

import { apiForFile } from './objects.ts';

type Spec = Readonly<Record<string, unknown>>;

const api = apiForFile();

/** The node is there nowhere: stages belong to no namespace, and others look at nodes. */
function stage(spec: Spec, name = 'no-such-node'): object {
  return { apiVersion: 'fleetwright.io/v1alpha1', kind: 'ClusterStage', metadata: { name }, spec };
}

const content = '- ansible.builtin.ping:';
const task = (spec: Spec, more: Spec = {}): Spec => ({
  stage: 'upgrading',
  upgrade: { taskTemplate: { namespace: 'team-a', spec, ...more } },
});

test('a stage gets its defaults, and is not ready before any controller has seen it', async () => {
  const { stdout, stderr } = await api.create(stage({ stage: 'support' }), '--dry-run=server');
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    spec: {
      scope: 'Node',
      stage: 'support',
      maxUnavailable: 1,
      minReadySeconds: 10,
      readyTimeoutSeconds: 1800,
      drain: {
        enabled: true,
        timeoutSeconds: 3600,
        detachTimeoutSeconds: 600,
        deleteEmptyDirData: false,
        force: false,
      },
      paused: false,
      dryRun: false,
    },
    status: { observedGeneration: 0, conditions: [{ type: 'Ready', status: 'Unknown' }, { type: 'Reconciling' }] },
  });
});

test.each<[what: string, spec: Spec, name?: string]>([
  ['a number', { stage: 'upgrading', maxUnavailable: 3 }],
  ['a percentage', { stage: 'upgrading', maxUnavailable: '100%' }],
  ['content of its own', task({ content, user: 'deploy', become: {}, credentialsSecretRef: { name: 'fleet-ssh' } })],
  ['an AgentJob', task({ jobRef: { name: 'upgrade.node' } })],
  ['a stage of a node on its way into the cluster', { stage: 'uninitialized' }],
  [
    'pods that are chosen',
    {
      stage: 'support',
      drain: {
        podSelector: {
          matchLabels: { app: 'web' },
          matchExpressions: [
            { key: 'tier', operator: 'In', values: ['a'] },
            { key: 'keep', operator: 'DoesNotExist' },
          ],
        },
        gracePeriodSeconds: 30,
      },
    },
  ],
  ['a stage of the cluster alone', { scope: 'Cluster', stage: 'expanding' }, 'cluster'],
  [
    'limits of zones and a window',
    {
      scope: 'Cluster',
      ...task({ content }),
      perZone: { maxUnavailable: '5%', zonesAtOnce: 1, label: 'example.com/Rack_1' },
      window: { days: ['Monday', 'Sunday'], from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' },
      deadlineSeconds: 60,
    },
    'cluster',
  ],
  ['the whole cluster', { scope: 'Cluster', ...task({ content }), nodeSelector: { rack: 'a' } }, 'cluster'],
])('a stage is taken with %s', async (_, spec, name) => {
  expect(await api.create(stage(spec, name), '--dry-run=server')).toMatchObject({ code: 0, stderr: '' });
});

const count = 'not a number of nodes: give a number from 1 to 10000, or a percentage from 1% to 100%';
const notAName = "not the name of an object: use lower-case letters, digits, '-' and '.'";
const notAUser = "not a user name: begin with a letter or '_'";

test.each<[what: string, spec: Spec, field: string, fix: string, name?: string]>([
  ['no stage', {}, 'spec.stage', 'Required value'],
  ['an unknown stage', { stage: 'parked' }, 'spec.stage', 'supported values: "running", "support"'],
  ['a field that does not exist', { stage: 'support', node: 'a' }, 'spec.node', 'unknown field'],
  [
    'the whole cluster under the name of a node',
    { scope: 'Cluster', stage: 'support' },
    'spec.scope',
    'the ClusterStage of the whole cluster is named cluster: name it so, or set scope to Node',
  ],
  [
    'a node named cluster',
    { stage: 'support' },
    'spec.scope',
    'the name cluster is that of the whole cluster: set scope to Cluster, or name the ClusterStage as the node',
    'cluster',
  ],
  [
    'an upgrade of the cluster by nothing',
    { scope: 'Cluster', stage: 'upgrading' },
    'spec.upgrade',
    'say in upgrade.taskTemplate what is to be run on each node',
    'cluster',
  ],
  [
    'a selector for one node',
    { stage: 'support', nodeSelector: { rack: 'a' } },
    'spec.nodeSelector',
    "a ClusterStage of one node has the node's name",
  ],
  ['no node at a time', { stage: 'upgrading', maxUnavailable: 0 }, 'spec.maxUnavailable', count],
  ['no percentage', { stage: 'upgrading', maxUnavailable: '0%' }, 'spec.maxUnavailable', count],
  ['more than all nodes', { stage: 'upgrading', maxUnavailable: '101%' }, 'spec.maxUnavailable', count],
  ['a number as a text', { stage: 'upgrading', maxUnavailable: '2' }, 'spec.maxUnavailable', count],
  [
    'a stage of nodes for the cluster',
    { scope: 'Cluster', stage: 'installed' },
    'spec.stage',
    'installed, configured and uninitialized are stages of a node: name the ClusterStage as the node',
    'cluster',
  ],
  [
    'a stage of the cluster for a node',
    { stage: 'expanding' },
    'spec.stage',
    'expanding is a stage of the whole cluster: use the ClusterStage named cluster',
  ],
  [
    'a limit of zones for one node',
    { stage: 'support', perZone: { maxUnavailable: 1 } },
    'spec.perZone',
    'a ClusterStage of one node has no other to wait for',
  ],
  [
    'no node of a zone at a time',
    { scope: 'Cluster', stage: 'support', perZone: { maxUnavailable: 0 } },
    'spec.perZone.maxUnavailable',
    count,
    'cluster',
  ],
  [
    'zones by what is no label',
    { scope: 'Cluster', stage: 'support', perZone: { maxUnavailable: 1, label: 'a/b/c' } },
    'spec.perZone.label',
    'give one such as topology.kubernetes.io/zone',
    'cluster',
  ],
  [
    'a window at no time of day',
    { stage: 'support', window: { from: '24:00', to: '06:00' } },
    'spec.window.from',
    'not a time of day: write it as 22:00',
  ],
  ['a window that never closes', { stage: 'support', window: { from: '22:00' } }, 'spec.window.to', 'Required value'],
  [
    'a window on a day that is none',
    { stage: 'support', window: { days: ['Mon'], from: '22:00', to: '06:00' } },
    'spec.window.days',
    'supported values: "Monday"',
  ],
  ['a deadline of no time', { stage: 'support', deadlineSeconds: 1 }, 'spec.deadlineSeconds', 'equal to 60'],
  ['no patience', { stage: 'support', drain: { timeoutSeconds: 1 } }, 'spec.drain.timeoutSeconds', 'equal to 10'],
  [
    'a pod selector that selects by no value',
    { stage: 'support', drain: { podSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } } },
    'spec.drain.podSelector.matchExpressions[0]',
    'values belong to In and NotIn, which need some',
  ],
  [
    'no time for pods to end',
    { stage: 'support', drain: { gracePeriodSeconds: 0 } },
    'spec.drain.gracePeriodSeconds',
    'equal to 1',
  ],
  ['an unknown way to drain', { stage: 'support', drain: { forced: true } }, 'spec.drain.forced', 'unknown field'],
  ['less than no time', { stage: 'booting', minReadySeconds: -1 }, 'spec.minReadySeconds', 'equal to 0'],
  ['a text of 4097 characters', { stage: 'support', data: 'x'.repeat(4097) }, 'spec.data', 'more than 4096'],
  ['data that is no text', { stage: 'support', data: { why: 'disk' } }, 'spec.data', 'unknown field'],
  ['nothing to run', task({}), 'spec.upgrade.taskTemplate.spec', 'exactly one of content and jobRef is required'],
  [
    'two things to run',
    task({ content, jobRef: { name: 'a' } }),
    'spec.upgrade.taskTemplate.spec',
    'exactly one of content and jobRef is required',
  ],
  ['hosts of its own', task({ content, hosts: ['a'] }), 'taskTemplate.spec.hosts', 'unknown field'],
  [
    'a namespace that is none',
    task({ content }, { namespace: 'Team A' }),
    'spec.upgrade.taskTemplate.namespace',
    "not the name of a namespace: use lower-case letters, digits and '-'",
  ],
  ['a job that no object can be called', task({ jobRef: { name: 'A b' } }), 'spec.jobRef.name', notAName],
  [
    'a Secret that no object can be called',
    task({ content, credentialsSecretRef: { name: 'my key' } }),
    'spec.credentialsSecretRef.name',
    notAName,
  ],
  ['a user that reads as an option', task({ content, user: '-l' }), 'spec.user', notAUser],
  ['a user to become that is none', task({ content, become: { user: 'a b' } }), 'spec.become.user', notAUser],
])('a stage is refused with %s: the field is named, and what to do', async (_, spec, field, fix, name) => {
  const { code, stderr } = await api.create(stage(spec, name), '--dry-run=server');
  expect(code).not.toBe(0);
  expect(stderr).toContain(field);
  expect(stderr).toContain(fix);
});

test('the scope of a stage stays as it is', async () => {
  const name = 'scope-stays';
  await api.create(stage({ stage: 'running' }, name));
  onTestFinished(async () => {
    await api.must('delete', 'clusterstage', name);
  });
  await expect(
    api.must('patch', 'clusterstage', name, '--type=merge', '-p', '{"spec":{"scope":"Cluster"}}'),
  ).rejects.toThrow('scope cannot change: create a ClusterStage of another name');
});
