import { describe, expect, test } from 'vitest';

import type { ClusterStage } from '../../../../crds/types/clusterstage.ts';
import { clusterStageHistory } from '../../../../history/clusterstage/kind.ts';
import { newsOf } from '../../../../history/recorder/plan.ts';
import { slim } from '../../../../history/recorder/slim.ts';
import { historyPath, openStore } from '../samples.ts';
import { aStage, stageUid, standing, wholeNode } from './samples.ts';

const done = '2026-11-21T12:00:30Z';
const out = { name: 'node-a', rate: 100, completed: ['claim', 'cordon', 'drain'] } as const;
const draining = { name: 'node-a', rate: 40, current: 'drain', completed: ['claim', 'cordon'] } as const;

/** As the store gives it back: what belongs to the recorder alone is not kept. */
function kept({ metadata, ...stage }: ClusterStage): ClusterStage {
  const { finalizers: _, ...rest } = metadata;
  return { ...stage, metadata: rest };
}

describe('of a ClusterStage', () => {
  test.each<[string, ClusterStage, boolean]>([
    ['before anybody has looked at it, nothing is over', aStage(1, { stage: 'support' }), false],
    ['a drain is not over', aStage(1, { stage: 'support' }, standing('Draining', [draining], 1)), false],
    [
      'a stage that is reached is over',
      aStage(1, { stage: 'support' }, standing('OutOfService', [out], 1, done)),
      true,
    ],
    [
      'one that was asked for a moment ago is not over because the former one is',
      aStage(2, { stage: 'upgrading' }, { ...standing('OutOfService', [out], 1, done), observedGeneration: 1 }),
      false,
    ],
    [
      'one that failed is not: it may be put right',
      aStage(1, { stage: 'upgrading' }, standing('UpgradeFailed', [wholeNode], 1)),
      false,
    ],
  ])('%s', (_, stage, over) => {
    expect(clusterStageHistory.isOver(stage)).toBe(over);
  });

  test('every field of a node is recorded, and comes back', async () => {
    const store = await openStore();
    const nodes = [wholeNode, { ...out, name: 'node-b' }, { name: 'node-c', rate: 0 }];
    const stage = aStage(1, { stage: 'upgrading' }, standing('UpgradeFailed', nodes, 1));
    await store.complete(clusterStageHistory, stage, {}, []);
    expect(await store.byName(clusterStageHistory, { name: 'node-a' })).toEqual({
      object: kept(stage),
      complete: true,
    });
    const rows = await store.rows(clusterStageHistory, 'node', [stageUid], { column: 'name', value: 'node-a' });
    expect(rows.map(({ row }) => row['blocked'])).toEqual([wholeNode.blockedBy]);
  });

  test('one that is broken off is recorded as far as it came, node by node', async () => {
    const store = await openStore();
    const seen = aStage(1, { stage: 'support' }, standing('Draining', [draining], 1));
    await store.see(clusterStageHistory, [seen], []);
    await store.see(clusterStageHistory, [aStage(2, { stage: 'running' })], []);
    expect(await store.byUid(clusterStageHistory, stageUid)).toEqual([
      { object: kept(seen), complete: true },
      { object: kept(aStage(2, { stage: 'running' })), complete: false },
    ]);
    const rows = await store.rows(clusterStageHistory, 'node', [stageUid]);
    expect(rows.map(({ row }) => [row['name'], row['completed'], row['current']])).toEqual([
      ['node-a', 'claim,cordon', 'drain'],
    ]);
  });

  test('is found by its scope and its stage', async () => {
    const store = await openStore();
    await store.see(clusterStageHistory, [aStage(1, { stage: 'support' })], []);
    await store.see(clusterStageHistory, [aStage(2, { stage: 'running' })], []);
    const cluster = { name: 'cluster', uid: 'cluster' };
    await store.see(clusterStageHistory, [aStage(1, { stage: 'support', scope: 'Cluster' }, undefined, cluster)], []);
    const found = async (name: string, value: string): Promise<readonly string[]> =>
      (await store.byField(clusterStageHistory, undefined, { name, value }, 9)).map(
        ({ object: { metadata, spec } }) => `${metadata.name} ${metadata.generation} ${spec.stage}`,
      );
    expect(await found('scope', 'Node')).toEqual(['node-a 1 support', 'node-a 2 running']);
    expect(await found('stage', 'support')).toEqual(['node-a 1 support', 'cluster 1 support']);
  });

  test('each step of a node is told at once, and what only counts is not', () => {
    const at = (...nodes: readonly (typeof draining | typeof out | object)[]): string =>
      newsOf(
        clusterStageHistory,
        aStage(1, { stage: 'support' }, standing('Draining', nodes as readonly (typeof draining)[], 1)),
      );
    expect(at({ ...draining, rate: 90, pods: 3 })).toBe(at(draining));
    expect(at(out)).not.toBe(at(draining));
    expect(at({ ...draining, failed: true })).not.toBe(at(draining));
    expect(at({ ...draining, gone: true })).not.toBe(at(draining));
  });

  test('neither content nor variables are known, nor what the status says of a former generation', () => {
    const taskTemplate = { namespace: 'ops', spec: { content: 'secret', variables: { key: 'secret' }, user: 'root' } };
    const former = { ...standing('OutOfService', [out], 1, done), observedGeneration: 1 };
    const slimmed = slim(clusterStageHistory, aStage(2, { stage: 'upgrading', upgrade: { taskTemplate } }, former));
    expect(JSON.stringify(slimmed)).not.toContain('secret');
    expect(slimmed.spec.upgrade).toEqual({ taskTemplate: { namespace: 'ops', spec: { user: 'root' } } });
    expect(slimmed.status).toBeUndefined();
  });

  test('what stays for ever is which stage was asked for, and when', async () => {
    const path = await historyPath();
    const store = await openStore(path);
    const spec = { stage: 'support', scope: 'Node', data: 'a new disk' } as const;
    const stage = aStage(1, spec, standing('OutOfService', [out], 1, done));
    await store.complete(clusterStageHistory, stage, {}, []);
    expect(await store.prune(new Date('2027-11-21T12:00:00Z'), 9)).toBe(1);
    const left = await store.byName(clusterStageHistory, { name: 'node-a' });
    expect(left).toMatchObject({ pruned: true, object: { spec: { stage: 'support', scope: 'Node' } } });
    expect(left?.object.status).toEqual({ stage: 'support', run: stage.status?.run });
    expect(left?.object.spec.data).toBeUndefined();
    expect(await store.rows(clusterStageHistory, 'node', [stageUid])).toEqual([]);
  });
});
