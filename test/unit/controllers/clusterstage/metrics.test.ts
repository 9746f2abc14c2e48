import { describe, expect, test } from 'vitest';

import { figuresOf } from '../../../../controllers/clusterstage/figures.ts';
import { takeOutPatch } from '../../../../controllers/clusterstage/marks.ts';
import { addStageMetrics } from '../../../../controllers/clusterstage/metrics.ts';
import { stageTaint } from '../../../../crds/labels.ts';
import type { ClusterStage, ClusterStageStatus } from '../../../../crds/types/clusterstage.ts';
import type { Node } from '../../../../kube/builtin.ts';
import { RuntimeMetrics } from '../../../../kube/metrics.ts';
import type { ObjectMeta } from '../../../../kube/objects.ts';
import { applied } from '../../../harness/world/mergepatch.ts';

const now = new Date('2026-11-21T12:10:00Z');

/** A ClusterStage that says so of its present generation. */
function stage(
  name: string,
  conditions: Readonly<Record<string, string>>,
  status: Partial<ClusterStageStatus> = {},
  metadata: Partial<ObjectMeta> = {},
): ClusterStage {
  const startTime = '2026-11-21T12:00:00Z';
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'ClusterStage',
    metadata: { name, uid: `uid-${name}`, generation: 2, creationTimestamp: startTime, ...metadata },
    spec: { stage: 'support' },
    status: {
      observedGeneration: 2,
      stage: 'support',
      run: { id: 2, digest: 'digest', stage: 'support', startTime },
      conditions: Object.entries(conditions).map(([type, reason]) => ({
        type,
        status: reason.startsWith('not ') ? 'False' : 'True',
        reason: reason.replace('not ', ''),
        message: '',
        lastTransitionTime: startTime,
      })),
      ...status,
    },
  };
}

const inService: Node = { metadata: { name: 'node-a', resourceVersion: '1' }, spec: {} };

/** As a ClusterStage takes it out of service. */
function nodeOf(holder: string, asked = 'support'): Node {
  return applied(inService, takeOutPatch(inService, undefined, holder, asked)) as Node;
}

const reached = stage('reached', { Ready: 'OutOfService' });
const draining = stage(
  'draining',
  { Ready: 'not Draining' },
  {
    progress: {
      totalRate: 40,
      nodes: [
        { name: 'node-a', rate: 40, current: 'drain', since: '2026-11-21T12:01:00Z' },
        { name: 'node-b', rate: 40, current: 'drain', since: '2026-11-21T12:05:00Z' },
        { name: 'node-c', rate: 0 },
      ],
    },
  },
);
const blocked = stage('blocked', { Ready: 'not DrainBlocked', Stalled: 'DrainBlocked' });
const back = stage('back', { Ready: 'Running' }, { stage: 'running' });

describe('of ClusterStages is told', () => {
  test.each<[string, ClusterStage, string]>([
    ['one that is where it was to come', reached, 'reached'],
    ['one that moves pods', draining, 'under_way'],
    ['one that somebody has to help', blocked, 'stalled'],
    ['one that is paused', stage('paused', { Ready: 'not Paused' }), 'waiting'],
    ['one whose window is closed', stage('later', { Ready: 'not OutsideWindow' }), 'waiting'],
    [
      'one of which something else was asked for a moment ago',
      stage('asked', { Ready: 'OutOfService' }, { observedGeneration: 1 }),
      'under_way',
    ],
    [
      'one that puts nodes back since it is deleted',
      stage('deleted', { Ready: 'OutOfService' }, {}, { deletionTimestamp: '2026-11-21T12:05:00Z' }),
      'under_way',
    ],
  ])('%s', (_, one, standing) => {
    expect([...figuresOf([one], [], now).standings]).toEqual([[standing, 1]]);
  });

  test('for how long nothing went on, by the last step that any node began', () => {
    expect(figuresOf([draining], [], now).still).toBe(300);
    expect(figuresOf([stage('begun', { Ready: 'not MaxUnavailable' })], [], now).still).toBe(600);
    expect(figuresOf([reached, blocked, stage('paused', { Ready: 'not Paused' })], [], now).still).toBe(0);
  });

  test('for how long a node has been at a step, of several the longest', () => {
    expect([...figuresOf([draining, reached], [], now).steps]).toEqual([['drain', 540]]);
  });

  test('how many nodes are out, for what, and how many of them nobody asks for any more', () => {
    const cordoned: Node = { metadata: { name: 'node-x' }, spec: { unschedulable: true } };
    const nodes = [inService, cordoned, nodeOf('uid-reached'), nodeOf('uid-draining', 'upgrading')];
    const tainted: Node = {
      metadata: { name: 'node-y' },
      spec: { taints: [{ key: stageTaint, value: 'support', effect: 'NoSchedule' }] },
    };
    expect(figuresOf([reached, draining, back], nodes, now)).toMatchObject({
      out: new Map([
        ['support', 1],
        ['upgrading', 1],
      ]),
      left: 0,
    });
    const gone = [nodeOf('uid-of-one-that-is-gone'), nodeOf('uid-back'), tainted];
    expect(figuresOf([reached, back], [...nodes.slice(0, 3), ...gone], now).left).toBe(3);
  });
});

test('the metrics have a series for each word, and none for a step that no node is at any more', async () => {
  const { registry } = new RuntimeMetrics();
  let stages: readonly ClusterStage[] = [draining, blocked];
  addStageMetrics(registry, () => figuresOf(stages, [nodeOf('uid-blocked')], now));
  const lines = async (): Promise<readonly string[]> =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith('fleetwright_clusterstage'));
  expect(await lines()).toEqual([
    'fleetwright_clusterstages{standing="reached"} 0',
    'fleetwright_clusterstages{standing="under_way"} 1',
    'fleetwright_clusterstages{standing="waiting"} 0',
    'fleetwright_clusterstages{standing="stalled"} 1',
    'fleetwright_clusterstage_seconds_without_progress 300',
    'fleetwright_clusterstage_step_seconds{step="drain"} 540',
    'fleetwright_clusterstage_nodes_out{stage="support"} 1',
    'fleetwright_clusterstage_nodes_left 0',
  ]);
  stages = [];
  expect(await lines()).toEqual([
    'fleetwright_clusterstages{standing="reached"} 0',
    'fleetwright_clusterstages{standing="under_way"} 0',
    'fleetwright_clusterstages{standing="waiting"} 0',
    'fleetwright_clusterstages{standing="stalled"} 0',
    'fleetwright_clusterstage_seconds_without_progress 0',
    'fleetwright_clusterstage_nodes_out{stage="support"} 1',
    'fleetwright_clusterstage_nodes_left 1',
  ]);
});
