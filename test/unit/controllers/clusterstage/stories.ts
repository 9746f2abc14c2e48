import { expect } from 'vitest';

import type { ClusterStageSpec } from '../../../../crds/types/clusterstage.ts';
import type { StageStory } from '../../../harness/clusterstage/story.ts';
import { nodes as nodeType } from '../../../../kube/builtin.ts';
import { evictions, podDisruptionBudgets, type Eviction } from '../../../../kube/disruption.ts';
import { apiErrorFrom } from '../../../../kube/errors.ts';
import { persistentVolumes, volumeAttachments } from '../../../../kube/storage.ts';
import { pods } from '../../../../kube/workloads.ts';
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
    // Nodes are claimed side by side, in any order.
    expect(world.changed().map((line) => line.split(':')[0])).toEqual(nodes);
    expect(
      world
        .claims()
        .map((line) => line.split(' ')[0] ?? '')
        .toSorted(),
    ).toEqual(nodes);
  };

const zone = (name: string) => ({ labels: { 'topology.kubernetes.io/zone': name } });
const controlPlane = { labels: { 'node-role.kubernetes.io/control-plane': '' } };

const webBudget = { namespace: 'default', name: 'web' };

/** A volume is attached to node-a. */
function attach(world: StageWorld, name: string, persistentVolumeName: string): void {
  world.api.create(volumeAttachments, {
    metadata: { name },
    spec: { nodeName: 'node-a', source: { persistentVolumeName } },
  });
}

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
    title:
      'a budget that allows none is told of with its pod before the node is touched, and the drain goes on without it',
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
      world.runs({ name: 'db', replicas: 3, maxUnavailable: 1, ends: 900 });
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
      const order = Object.keys(world.upgraded());
      expect(order.slice(0, 2).toSorted()).toEqual(['head-a', 'node-b']);
      expect(order.slice(2).toSorted()).toEqual(['head-b', 'node-a']);
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
  {
    title: 'a budget that will allow none any more stalls the drain, and nothing is forced',
    file: 'budget-forbids',
    script: (world) => {
      world.runs({ name: 'db', replicas: 3, maxUnavailable: 1, starts: 60 });
      world.runs({ name: 'web', replicas: 6, maxUnavailable: 1, starts: 60 });
      world.applies(0, 'node-a', { stage: 'support' });
      world.at(30, 'default/web', 'its budget allows none any more', () =>
        world.api.mergePatch(podDisruptionBudgets, webBudget, { spec: { maxUnavailable: 0 } }),
      );
      world.at(300, 'default/web', 'the budget is removed', () => world.workloads.removeBudget('web'));
    },
    ends: { 'node-a': ['OutOfService'] },
    check: out('node-a'),
  },
  {
    title: 'a node is drained when the volumes of its pods are detached, and volumes of pods that stay do not count',
    file: 'volumes',
    script: (world) => {
      world.runs({ name: 'db', replicas: 3, maxUnavailable: 1 });
      attach(world, 'csi-db', 'pv-db');
      attach(world, 'csi-log', 'pv-log');
      world.api.create(persistentVolumes, {
        metadata: { name: 'pv-log' },
        spec: { claimRef: { namespace: 'default', name: 'log' } },
      });
      world.api.create(pods, {
        metadata: {
          namespace: 'default',
          name: 'log-1',
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'log', uid: 'ds-log', controller: true }],
        },
        spec: { nodeName: 'node-a', volumes: [{ name: 'log', persistentVolumeClaim: { claimName: 'log' } }] },
        status: { phase: 'Running' },
      });
      world.applies(0, 'node-a', { stage: 'support', drain: { detachTimeoutSeconds: 30 } });
      world.at(120, 'csi-db', 'is detached', () => world.api.delete(volumeAttachments, { name: 'csi-db' }));
    },
    ends: { 'node-a': ['OutOfService'] },
    check: out('node-a'),
  },
  {
    title: 'a stage that is deleted while volumes are detached leaves the node as it was',
    file: 'deleted-detaching',
    script: (world) => {
      attach(world, 'csi-db', 'pv-db');
      world.applies(0, 'node-a', { stage: 'support' });
      world.deletes(60, 'node-a');
    },
    ends: { 'node-a': ['gone'] },
    check: untouched,
  },
  {
    title: 'pods on a node that cannot be reached are not taken for gone, until somebody says that it is off',
    file: 'unreachable',
    world: { nodes: [readyNode('node-a'), 'node-b'] },
    script: (world) => {
      world.runs({ name: 'db', replicas: 2, maxUnavailable: 1, ends: 3600 });
      world.at(0, 'node-a', 'falls silent', () =>
        world.api.mergePatch(
          nodeType,
          { name: 'node-a' },
          { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } },
          'status',
        ),
      );
      world.applies(1, 'node-a', { stage: 'support' });
      world.at(120, 'node-a', 'is switched off, and somebody says so', () => {
        const off = { key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' };
        world.api.mergePatch(
          nodeType,
          { name: 'node-a' },
          { spec: { taints: [...(world.node('node-a').spec?.taints ?? []), off] } },
        );
      });
    },
    ends: { 'node-a': ['OutOfService'] },
    check: (world) => {
      out('node-a')(world);
      expect(world.stage('node-a')?.status?.progress?.nodes?.[0]?.completed).toContain('detach');
    },
  },
  {
    title: 'only pods that are selected leave, and the node counts as empty without them',
    file: 'selected-pods',
    script: (world) => {
      world.runs({ name: 'web', replicas: 3, maxUnavailable: 1 });
      world.runs({ name: 'db', replicas: 3, maxUnavailable: 0 });
      world.applies(0, 'node-a', { stage: 'support', drain: { podSelector: { matchLabels: { app: 'web' } } } });
    },
    ends: { 'node-a': ['OutOfService'] },
    check: (world) => {
      out('node-a')(world);
      const here = world.api.list(pods).filter(({ spec }) => spec?.nodeName === 'node-a');
      expect(here.map(({ metadata }) => metadata.labels?.['app'])).toEqual(['db']);
    },
  },
  {
    title: 'a taint that somebody has changed meanwhile is left alone',
    file: 'taint-changed',
    script: (world) => {
      world.applies(0, 'node-a', { stage: 'support' });
      world.changesNode(30, 'node-a', 'somebody gives the taint another value', {
        spec: { taints: [{ key: 'fleetwright.io/stage', value: 'mine', effect: 'NoSchedule' }] },
      });
      world.applies(60, 'node-a', { stage: 'upgrading' });
      world.applies(90, 'node-a', { stage: 'running' });
    },
    ends: { 'node-a': ['Running'] },
    check: (world) => {
      const { spec, metadata } = world.node('node-a');
      expect(spec?.taints).toEqual([{ key: 'fleetwright.io/stage', value: 'mine', effect: 'NoSchedule' }]);
      expect(spec?.unschedulable).toBeUndefined();
      expect(metadata.annotations?.['fleetwright.io/stage-undo']).toBeUndefined();
      expect(world.claims()).toEqual([]);
    },
  },
  {
    title: 'a node that does not get ready in time is told of, and goes back when it is',
    file: 'ready-timeout',
    world: {
      nodes: [{ ...readyNode('node-a'), status: { conditions: [{ type: 'Ready', status: 'False' }] } }, 'node-b'],
    },
    script: (world) => {
      world.applies(0, 'node-a', { stage: 'booting', readyTimeoutSeconds: 60 });
      world.at(300, 'node-a', 'is ready', () =>
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
    title: 'a dry run tells of limits and window, and what the API server alone knows of pods',
    file: 'dry-run-asks',
    world: { nodes: [readyNode('node-a', zone('one')), readyNode('node-b', controlPlane)] },
    script: (world) => {
      world.runs({ name: 'web', replicas: 2 });
      world.api.onSubresource(evictions, ({ metadata, deleteOptions }: Eviction) => {
        if (deleteOptions?.dryRun?.includes('All') !== true) throw new Error('an eviction that is no dry run');
        const message = 'a policy holds it';
        if (metadata.name === 'web-1')
          throw apiErrorFrom(403, JSON.stringify({ kind: 'Status', message }), 'the model');
      });
      world.applies(0, 'cluster', {
        stage: 'upgrading',
        upgrade,
        dryRun: true,
        perZone: { maxUnavailable: '10%', zonesAtOnce: 1 },
        window: { from: '12:00', to: '13:00' },
      });
    },
    ends: { cluster: ['Planned'] },
    check: (world) => {
      untouched(world);
      expect(world.stage('cluster')?.status?.plan).toEqual([
        '2 nodes, at most 1 out of service at once, 10% of a zone, in at most 1 zones',
        'no node begins now: spec.window opens at 2026-01-01T12:00:00Z',
        'node-a: claim, cordon, drain, detach, upgrade, ready, uncordon',
        'node-a: move default/web-1',
        'node-a: not now: pod default/web-1: a policy holds it',
        'node-b: claim, cordon, drain, detach, upgrade, ready, uncordon',
        'node-b: move default/web-2',
      ]);
    },
  },
];
