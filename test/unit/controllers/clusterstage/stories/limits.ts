import { expect } from 'vitest';

import { clusterStages } from '../../../../../crds/types/clusterstage.ts';
import type { StageStory } from '../../../../harness/clusterstage/story.ts';
import { readyNode } from '../../../../harness/clusterstage/world.ts';
import { cordoned, upgrade, untouched, upgradedOnce, zone, controlPlane } from './common.ts';

/** Which nodes go when. */
export const limits: readonly StageStory[] = [
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
    check: upgradedOnce('node-a', 'node-b', 'node-c', 'node-d'),
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
    title: 'a node that somebody had cordoned before stays so after its upgrade, and no other one goes in its place',
    file: 'upgrade-cordoned-before',
    world: { nodes: [readyNode('node-a', cordoned), 'node-b'], maxOut: 2 },
    script: (world) => {
      world.applies(0, 'cluster', { stage: 'upgrading', upgrade, maxUnavailable: 1 });
      world.at(300, 'cluster', 'may have two out of service', () => {
        expect(world.upgraded()['node-b']).toBeUndefined();
        world.api.mergePatch(clusterStages, { name: 'cluster' }, { spec: { maxUnavailable: 2 } });
      });
    },
    ends: { cluster: ['Succeeded'] },
    check: upgradedOnce('node-a', 'node-b'),
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
];
