import { expect } from 'vitest';

import type { StageStory } from '../../../../harness/clusterstage/story.ts';
import { upgrade, untouched, upgradedOnce, out } from './common.ts';

/** How nodes are upgraded. */
export const upgrading: readonly StageStory[] = [
  {
    title: 'a node is upgraded by a task while it is empty, and goes back into service',
    file: 'upgrade-node',
    script: (world) => {
      world.runs({ name: 'web', replicas: 4, maxUnavailable: 2 });
      world.applies(0, 'node-a', { stage: 'upgrading', upgrade });
    },
    ends: { 'node-a': ['Succeeded'] },
    check: (world) => {
      upgradedOnce('node-a')(world);
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
    title: 'the whole cluster is upgraded, one node at a time, each once',
    file: 'upgrade-cluster',
    script: (world) => {
      world.runs({ name: 'web', replicas: 4, maxUnavailable: 1 });
      world.applies(0, 'cluster', { stage: 'upgrading', upgrade });
    },
    ends: { cluster: ['Succeeded'] },
    check: upgradedOnce('node-a', 'node-b', 'node-c'),
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
    check: upgradedOnce('node-a', 'node-b', 'node-c'),
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
];
