import { expect } from 'vitest';

import type { StageStory } from '../../../../harness/clusterstage/story.ts';
import { evictions, type Eviction } from '../../../../../kube/disruption.ts';
import { apiErrorFrom } from '../../../../../kube/errors.ts';
import { readyNode } from '../../../../harness/clusterstage/world.ts';
import { cordoned, upgrade, untouched, upgradedOnce, out, zone, controlPlane } from './common.ts';

/** Of which node-a is not ready. */
const unready = [{ ...readyNode('node-a'), status: { conditions: [{ type: 'Ready', status: 'False' }] } }, 'node-b'];

/** How nodes go out of service and come back. */
export const inAndOut: readonly StageStory[] = [
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
    title: 'a node that a person has cordoned stays cordoned',
    file: 'cordoned-before',
    world: { nodes: [readyNode('node-a', cordoned), 'node-b'] },
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
      world.taintsNode(20, 'node-a', 'somebody adds a taint', { key: 'mine', effect: 'NoExecute' });
      world.applies(40, 'node-a', { stage: 'running' });
    },
    ends: { 'node-a': ['Running'] },
    check: (world) => {
      expect(world.node('node-a').spec?.taints?.map(({ key }) => key)).toEqual(['gpu', 'mine']);
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
    title: 'a node that does not exist is told of, and taken as soon as it is there',
    file: 'no-such-node',
    script: (world) => {
      world.applies(0, 'node-x', { stage: 'support' });
    },
    ends: { 'node-x': ['NodeNotFound'] },
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
  {
    title: 'what was only planned, held still or refused, and is asked for no more, is told of no more',
    file: 'taken-back',
    script: (world) => {
      const support = { stage: 'support', dryRun: false, paused: false } as const;
      world.applies(0, 'cluster', support);
      world.applies(60, 'cluster', { stage: 'booting', dryRun: true });
      world.applies(120, 'cluster', support);
      world.applies(180, 'cluster', { stage: 'booting', paused: true });
      world.applies(240, 'cluster', support);
      world.applies(300, 'cluster', { stage: 'upgrading' });
      world.applies(360, 'cluster', support);
    },
    ends: { cluster: ['OutOfService'] },
    check: (world) => {
      const { status } = world.stage('cluster') ?? {};
      expect(status?.plan).toBeUndefined();
      expect(status?.run?.stage).toBe('support');
      expect(status?.message).toBe('3 nodes out of service for support');
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
    title: 'a node that boots gets nothing new until it has been ready for a while',
    file: 'booting',
    world: { nodes: unready },
    script: (world) => {
      world.applies(0, 'node-a', { stage: 'booting', minReadySeconds: 30 });
      world.becomes(50, 'node-a', 'is ready', 'True');
    },
    ends: { 'node-a': ['Succeeded'] },
    check: untouched,
  },
  {
    title: 'a node that does not get ready in time is told of, and goes back when it is',
    file: 'ready-timeout',
    world: { nodes: unready },
    script: (world) => {
      world.applies(0, 'node-a', { stage: 'booting', readyTimeoutSeconds: 60 });
      world.becomes(300, 'node-a', 'is ready', 'True');
    },
    ends: { 'node-a': ['Succeeded'] },
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
      upgradedOnce('node-a')(world);
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
