import { expect } from 'vitest';

import type { ClusterStageSpec } from '../../../../crds/types/clusterstage.ts';
import type { StageStory } from '../../../harness/clusterstage/story.ts';
import { nodes as nodeType } from '../../../../kube/builtin.ts';
import { readyNode, type StageWorld } from '../../../harness/clusterstage/world.ts';

const upgrade: NonNullable<ClusterStageSpec['upgrade']> = {
  taskTemplate: { namespace: 'default', spec: { content: '- ping:\n' } },
};

const untouched = (world: StageWorld): void => {
  expect(world.changed()).toEqual([]);
  expect(world.claims()).toEqual([]);
};

const out =
  (...nodes: readonly string[]) =>
  (world: StageWorld): void => {
    expect(world.changed().map((line) => line.split(':')[0])).toEqual(nodes);
    expect(world.claims().map((line) => line.split(' ')[0])).toEqual(nodes);
  };

const zone = (name: string) => ({ labels: { 'topology.kubernetes.io/zone': name } });
const controlPlane = { labels: { 'node-role.kubernetes.io/control-plane': '' } };

/** How stages come and go when nobody but their owners interferes. */
export const stories: readonly StageStory[] = [
  {
    title: 'a node goes into support and back, and is as it was',
    file: 'support-and-back',
    script: (world) => {
      world.runs({ name: 'web', replicas: 3, maxUnavailable: 1 });
      world.applies(0, 'node-a', { stage: 'support', data: 'a new disk' });
      world.applies(60, 'node-a', { stage: 'running' });
    },
    ends: { 'node-a': ['Running'] },
    check: (world) => {
      untouched(world);
      expect(world.workloads.healthy('web')).toBe(3);
    },
  },
  {
    title: 'a node stays in support, without its pods',
    file: 'support',
    script: (world) => {
      world.runs({ name: 'web', replicas: 6, maxUnavailable: 1 });
      world.applies(0, 'node-a', { stage: 'support' });
    },
    ends: { 'node-a': ['OutOfService'] },
    check: out('node-a'),
  },
  {
    title: 'a node that a person has cordoned stays cordoned',
    file: 'cordoned-before',
    world: { nodes: [readyNode('node-a', { spec: { unschedulable: true } }), 'node-b'] },
    script: (world) => {
      world.applies(0, 'node-a', { stage: 'support' });
      world.applies(30, 'node-a', { stage: 'running' });
    },
    ends: { 'node-a': ['Running'] },
    check: (world) => {
      untouched(world);
      expect(world.node('node-a').spec?.unschedulable).toBe(true);
    },
  },
  {
    title: 'taints of others stay, also those that come meanwhile',
    file: 'others-taints',
    world: { nodes: [readyNode('node-a', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } }), 'node-b'] },
    script: (world) => {
      world.applies(0, 'node-a', { stage: 'support' });
      world.at(20, 'node-a', 'somebody adds a taint', () => {
        const taints = [...(world.node('node-a').spec?.taints ?? []), { key: 'mine', effect: 'NoExecute' }];
        world.api.mergePatch(nodeType, { name: 'node-a' }, { spec: { taints } });
      });
      world.applies(40, 'node-a', { stage: 'running' });
    },
    ends: { 'node-a': ['Running'] },
    check: (world) => {
      expect(
        world
          .node('node-a')
          .spec?.taints?.map(({ key }) => key)
          .toSorted(),
      ).toEqual(expect.arrayContaining(['gpu']));
      expect(world.node('node-a').spec?.taints?.map(({ key }) => key)).not.toContain('fleetwright.io/stage');
      expect(world.claims()).toEqual([]);
    },
  },
  {
    title: 'a node that somebody uncordons while it is in support is cordoned again, and is back in service afterwards',
    file: 'uncordoned-meanwhile',
    script: (world) => {
      world.applies(0, 'node-a', { stage: 'support' });
      world.changesNode(30, 'node-a', 'somebody uncordons it', { spec: { unschedulable: null } });
      world.applies(60, 'node-a', { stage: 'running' });
    },
    ends: { 'node-a': ['Running'] },
    check: untouched,
  },
  {
    title: 'a budget that allows none stalls the drain, names pod and budget, and the drain goes on when it is gone',
    file: 'budget-removed',
    script: (world) => {
      world.runs({ name: 'db', replicas: 3, maxUnavailable: 0 });
      world.applies(0, 'node-a', { stage: 'support' });
      world.at(120, 'default/db', 'the budget is removed', () => world.workloads.removeBudget('db'));
    },
    ends: { 'node-a': ['OutOfService'] },
    check: out('node-a'),
  },
  {
    title: 'a pod that takes too long to leave is named, and nothing is forced',
    file: 'drain-timeout',
    script: (world) => {
      world.runs({ name: 'slow', replicas: 3, maxUnavailable: 1, ends: 900 });
      world.applies(0, 'node-a', { stage: 'support', drain: { timeoutSeconds: 60 } });
      world.applies(300, 'node-a', { stage: 'running' });
    },
    ends: { 'node-a': ['Running'] },
    check: untouched,
  },
  {
    title: 'a node that does not exist is told of, and taken as soon as it is there',
    file: 'no-such-node',
    script: (world) => {
      world.applies(0, 'node-x', { stage: 'support' });
    },
    ends: { 'node-x': ['NodeNotFound'] },
    check: untouched,
  },
  {
    title: 'a node is upgraded by a task while it is empty, and goes back into service',
    file: 'upgrade-node',
    script: (world) => {
      world.runs({ name: 'web', replicas: 4, maxUnavailable: 2 });
      world.applies(0, 'node-a', { stage: 'upgrading', upgrade });
    },
    ends: { 'node-a': ['Succeeded'] },
    check: (world) => {
      untouched(world);
      expect(world.upgraded()).toEqual({ 'node-a': 1 });
      expect(world.stage('node-a')?.status?.stage).toBe('running');
    },
  },
  {
    title: 'a node whose upgrade fails stays out of service, until it is tried again with another requestID',
    file: 'upgrade-fails',
    script: (world) => {
      world.taskOn('node-a', { lasts: 10, ends: 'Failed' });
      world.applies(0, 'node-a', { stage: 'upgrading', upgrade });
      world.at(100, 'node-a', 'the cause is put right', () => world.taskOn('node-a', { lasts: 10, ends: 'Succeeded' }));
      world.applies(101, 'node-a', { stage: 'upgrading', requestID: 'again' });
    },
    ends: { 'node-a': ['Succeeded'] },
    check: untouched,
  },
  {
    title: 'a node that is upgraded by somebody else is out of service until it is running again',
    file: 'upgrade-by-others',
    script: (world) => {
      world.applies(0, 'node-a', { stage: 'upgrading' });
    },
    ends: { 'node-a': ['OutOfService'] },
    check: out('node-a'),
  },
  {
    title: 'an upgrade that is broken off stops its task before the node goes back',
    file: 'upgrade-broken-off',
    script: (world) => {
      world.taskOn('node-a', { lasts: 0, ends: 'never' });
      world.applies(0, 'node-a', { stage: 'upgrading', upgrade });
      world.applies(60, 'node-a', { stage: 'running' });
    },
    ends: { 'node-a': ['Running'] },
    check: (world) => {
      untouched(world);
      expect(world.tasks().every(({ status }) => status?.phase === 'Stopped')).toBe(true);
    },
  },
  {
    title: 'a stage that is deleted half-way through a drain leaves the node as it was',
    file: 'deleted-draining',
    script: (world) => {
      world.runs({ name: 'db', replicas: 3, maxUnavailable: 0 });
      world.applies(0, 'node-a', { stage: 'support' });
      world.deletes(30, 'node-a');
    },
    ends: { 'node-a': ['gone'] },
    check: untouched,
  },
  {
    title: 'a stage that is deleted during an upgrade stops its task first',
    file: 'deleted-upgrading',
    script: (world) => {
      world.taskOn('node-a', { lasts: 0, ends: 'never' });
      world.applies(0, 'node-a', { stage: 'upgrading', upgrade });
      world.deletes(60, 'node-a');
    },
    ends: { 'node-a': ['gone'] },
    check: untouched,
  },
  {
    title: 'the ClusterStage of the whole cluster is deleted while a node is upgraded: the others are left alone',
    file: 'deleted-upgrading-cluster',
    script: (world) => {
      world.runs({ name: 'web', replicas: 4, maxUnavailable: 1 });
      world.taskOn('node-b', { lasts: 0, ends: 'never' });
      world.applies(0, 'cluster', { stage: 'upgrading', upgrade });
      world.deletes(200, 'cluster');
    },
    ends: { cluster: ['gone'] },
    check: (world) => {
      untouched(world);
      expect(world.upgraded()['node-c']).toBeUndefined();
      expect(world.workloads.healthy('web')).toBe(4);
    },
  },
  {
    title: 'a node that boots gets nothing new until it has been ready for a while',
    file: 'booting',
    world: {
      nodes: [{ ...readyNode('node-a'), status: { conditions: [{ type: 'Ready', status: 'False' }] } }, 'node-b'],
    },
    script: (world) => {
      world.applies(0, 'node-a', { stage: 'booting', minReadySeconds: 30 });
      world.at(50, 'node-a', 'is ready', () =>
        world.api.mergePatch(
          nodeType,
          { name: 'node-a' },
          { status: { conditions: [{ type: 'Ready', status: 'True' }] } },
          'status',
        ),
      );
    },
    ends: { 'node-a': ['Succeeded'] },
    check: untouched,
  },
  {
    title: 'the whole cluster is upgraded, one node at a time, each once',
    file: 'upgrade-cluster',
    script: (world) => {
      world.runs({ name: 'web', replicas: 4, maxUnavailable: 1 });
      world.applies(0, 'cluster', { stage: 'upgrading', upgrade });
    },
    ends: { cluster: ['Succeeded'] },
    check: (world) => {
      untouched(world);
      expect(world.upgraded()).toEqual({ 'node-a': 1, 'node-b': 1, 'node-c': 1 });
    },
  },
  {
    title: 'a node whose upgrade fails holds the cluster, and running puts it back',
    file: 'upgrade-cluster-fails',
    script: (world) => {
      world.taskOn('node-b', { lasts: 10, ends: 'Failed' });
      world.applies(0, 'cluster', { stage: 'upgrading', upgrade });
      world.applies(400, 'cluster', { stage: 'running' });
    },
    ends: { cluster: ['Running'] },
    check: (world) => {
      untouched(world);
      expect(world.upgraded()['node-c']).toBeUndefined();
    },
  },
  {
    title: 'a node in support keeps its place while the cluster is upgraded, and is waited for by name',
    file: 'upgrade-cluster-waits',
    script: (world) => {
      world.applies(0, 'node-b', { stage: 'support' });
      world.applies(30, 'cluster', { stage: 'upgrading', upgrade, maxUnavailable: 2 });
      world.applies(300, 'node-b', { stage: 'running' });
    },
    world: { maxOut: 2 },
    ends: { cluster: ['Succeeded'], 'node-b': ['Running'] },
    check: (world) => {
      untouched(world);
      expect(world.upgraded()).toEqual({ 'node-a': 1, 'node-b': 1, 'node-c': 1 });
    },
  },
  {
    title: 'the whole cluster in support takes nothing new, and its pods stay',
    file: 'support-cluster',
    script: (world) => {
      world.runs({ name: 'web', replicas: 3, maxUnavailable: 1 });
      world.applies(0, 'cluster', { stage: 'support' });
    },
    ends: { cluster: ['OutOfService'] },
    check: (world) => {
      out('node-a', 'node-b', 'node-c')(world);
      expect(world.workloads.healthy('web')).toBe(3);
    },
  },
  {
    title: 'a paused upgrade of the cluster begins with no further node',
    file: 'upgrade-cluster-paused',
    script: (world) => {
      world.applies(0, 'cluster', { stage: 'upgrading', upgrade });
      world.applies(10, 'cluster', { stage: 'upgrading', paused: true });
      world.applies(300, 'cluster', { stage: 'upgrading', paused: false });
    },
    ends: { cluster: ['Succeeded'] },
    check: untouched,
  },
  {
    title: 'a dry run tells what would be done and does nothing',
    file: 'dry-run',
    script: (world) => {
      world.runs({ name: 'db', replicas: 3, maxUnavailable: 0 });
      world.applies(0, 'cluster', { stage: 'upgrading', upgrade, dryRun: true });
    },
    ends: { cluster: ['Planned'] },
    check: (world) => {
      untouched(world);
      expect(world.stage('cluster')?.status?.plan).toContain(
        'node-a: not now: pod default/db-1 is held by PodDisruptionBudget default/db, ' +
          'which allows none to be away (maxUnavailable is 0)',
      );
    },
  },
  {
    title: 'an upgrade goes zone by zone, and within each by its limit',
    file: 'upgrade-zones',
    world: {
      nodes: [
        readyNode('node-a', zone('one')),
        readyNode('node-b', zone('two')),
        readyNode('node-c', zone('one')),
        readyNode('node-d', zone('two')),
      ],
      maxOut: 2,
      maxOutInZone: 1,
    },
    script: (world) => {
      world.runs({ name: 'web', replicas: 4, maxUnavailable: 2 });
      world.applies(0, 'cluster', {
        stage: 'upgrading',
        upgrade,
        maxUnavailable: '50%',
        perZone: { maxUnavailable: 1 },
      });
    },
    ends: { cluster: ['Succeeded'] },
    check: (world) => {
      untouched(world);
      expect(world.upgraded()).toEqual({ 'node-a': 1, 'node-b': 1, 'node-c': 1, 'node-d': 1 });
    },
  },
  {
    title: 'nodes of the control plane go one at a time while it is healthy, and that of the controllers last',
    file: 'upgrade-control-plane',
    world: {
      nodes: [readyNode('head-a', controlPlane), readyNode('head-b', controlPlane), 'node-a', 'node-b'],
      maxOut: 3,
      ownNode: 'node-a',
    },
    script: (world) => {
      world.serverTrouble = '/readyz of the API server says that etcd fails';
      world.applies(0, 'cluster', { stage: 'upgrading', upgrade, maxUnavailable: 3 });
      world.at(120, 'etcd', 'is well again', () => {
        world.serverTrouble = undefined;
      });
    },
    ends: { cluster: ['Succeeded'] },
    check: (world) => {
      untouched(world);
      expect(Object.keys(world.upgraded())).toEqual(['node-b', 'head-a', 'head-b', 'node-a']);
    },
  },
  {
    title: 'two nodes of the control plane that are asked into support at once go one after the other',
    file: 'support-control-plane',
    world: { nodes: [readyNode('head-a', controlPlane), readyNode('head-b', controlPlane)] },
    script: (world) => {
      world.applies(0, 'head-a', { stage: 'support' });
      world.applies(0, 'head-b', { stage: 'support' });
      world.applies(200, 'head-a', { stage: 'running' });
      world.applies(200, 'head-b', { stage: 'running' });
    },
    ends: { 'head-a': ['Running'], 'head-b': ['Running'] },
    check: untouched,
  },
  {
    title: 'an upgrade waits for its window, and goes on past its end with what is under way',
    file: 'upgrade-window',
    world: { nodes: ['node-a', 'node-b'] },
    script: (world) => {
      world.taskOn('node-a', { lasts: 120, ends: 'Succeeded' });
      const window = { from: '00:02', to: '00:03' };
      world.applies(0, 'cluster', { stage: 'upgrading', upgrade, window });
      world.applies(600, 'cluster', { stage: 'upgrading', window: { ...window, to: '12:00' } });
    },
    ends: { cluster: ['Succeeded'] },
    check: untouched,
  },
  {
    title: 'an upgrade that passes its deadline begins with no further node, until it may take longer',
    file: 'upgrade-deadline',
    world: { nodes: ['node-a', 'node-b'] },
    script: (world) => {
      world.taskOn('node-a', { lasts: 100, ends: 'Succeeded' });
      world.applies(0, 'cluster', { stage: 'upgrading', upgrade, deadlineSeconds: 60 });
      world.applies(300, 'cluster', { stage: 'upgrading', deadlineSeconds: 3600 });
    },
    ends: { cluster: ['Succeeded'] },
    check: untouched,
  },
  {
    title: 'a node that joins is kept back, initialized by a task, and let in',
    file: 'initializing',
    script: (world) => {
      world.applies(0, 'node-a', { stage: 'installed' });
      world.applies(20, 'node-a', { stage: 'configured' });
      world.applies(40, 'node-a', { stage: 'uninitialized' });
      world.applies(60, 'node-a', { stage: 'initializing', upgrade });
    },
    ends: { 'node-a': ['Succeeded'] },
    check: (world) => {
      untouched(world);
      expect(world.upgraded()).toEqual({ 'node-a': 1 });
      expect(world.stage('node-a')?.status).toMatchObject({ stage: 'running', available: ['support'] });
    },
  },
  {
    title: 'a node whose initialization fails is kept back, until it is put into service all the same',
    file: 'initializing-fails',
    script: (world) => {
      world.taskOn('node-a', { lasts: 10, ends: 'Failed' });
      world.applies(0, 'node-a', { stage: 'initializing', upgrade });
      world.applies(60, 'node-a', { stage: 'running' });
    },
    ends: { 'node-a': ['Running'] },
    check: untouched,
  },
  {
    title: 'the cluster is expanding until the nodes that join are in service, and touches none itself',
    file: 'expanding',
    script: (world) => {
      world.applies(0, 'node-a', { stage: 'uninitialized' });
      world.applies(0, 'node-b', { stage: 'support' });
      world.applies(30, 'cluster', { stage: 'expanding' });
      world.applies(60, 'node-a', { stage: 'initializing' });
    },
    ends: { cluster: ['Succeeded'], 'node-a': ['Succeeded'], 'node-b': ['OutOfService'] },
    check: (world) => {
      out('node-b')(world);
      expect(world.stage('cluster')?.status).toMatchObject({
        stage: 'running',
        progress: { nodes: [{ name: 'node-a' }] },
      });
    },
  },
];
