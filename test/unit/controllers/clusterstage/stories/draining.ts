import { expect } from 'vitest';

import type { StageStory } from '../../../../harness/clusterstage/story.ts';
import { podDisruptionBudgets } from '../../../../../kube/disruption.ts';
import { persistentVolumes, volumeAttachments } from '../../../../../kube/storage.ts';
import { pods } from '../../../../../kube/workloads.ts';
import { readyNode, type StageWorld } from '../../../../harness/clusterstage/world.ts';
import { untouched, out } from './common.ts';

const webBudget = { namespace: 'default', name: 'web' };

/** A volume is attached to node-a. */
function attach(world: StageWorld, name: string, persistentVolumeName: string): void {
  world.api.create(volumeAttachments, {
    metadata: { name },
    spec: { nodeName: 'node-a', source: { persistentVolumeName } },
  });
}

/** How pods leave, and what holds them. */
export const draining: readonly StageStory[] = [
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
    title: 'pods on a node that cannot be reached are not taken for gone, until somebody says that it is off',
    file: 'unreachable',
    world: { nodes: [readyNode('node-a'), 'node-b'] },
    script: (world) => {
      world.runs({ name: 'db', replicas: 2, maxUnavailable: 1, ends: 3600 });
      world.becomes(0, 'node-a', 'falls silent', 'Unknown');
      world.applies(1, 'node-a', { stage: 'support' });
      const off = { key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' } as const;
      world.taintsNode(120, 'node-a', 'is switched off, and somebody says so', off);
    },
    ends: { 'node-a': ['OutOfService'] },
    check: (world) => {
      out('node-a')(world);
      expect(world.stage('node-a')?.status?.progress?.nodes?.[0]?.completed).toContain('detach');
    },
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
];
