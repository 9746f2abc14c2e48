import { expect, test } from 'vitest';

import { documentedCapacity, originalCapacity } from '../../../../apiserver/stage/capacity-text.ts';
import { infoEntity, stageEntity, stageInfo } from '../../../../apiserver/stage/report.ts';
import type { ClusterStage, ClusterStageSpec, ClusterStageStatus } from '../../../../crds/types/clusterstage.ts';

function stage(name: string, asked: ClusterStageSpec['stage'], status: ClusterStageStatus = {}): ClusterStage {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'ClusterStage',
    metadata: { name, generation: 2 },
    spec: { stage: asked, data: `${name} data` },
    status: { observedGeneration: 2, stage: asked, ...status },
  };
}

const run = { id: 1, digest: 'd', stage: 'support' as const, startTime: '2026-01-01T00:00:00Z' };

test('where there is no ClusterStage all is in service', () => {
  expect(stageEntity(undefined)).toEqual({ stage: 'running', data: '' });
  expect(stageInfo([])).toEqual({ stage: 'running', data: '', proc: null });
});

test('what was asked for a moment ago counts before the controllers have looked', () => {
  expect(stageEntity(stage('a', 'support', { observedGeneration: 1, stage: 'running' })).stage).toBe('support');
});

test('a node that is out of service shows while the cluster runs, the first by name, and says that it is one', () => {
  const nodes = [stage('b', 'support'), stage('a', 'booting'), stage('c', 'running')];
  expect(stageInfo([...nodes, stage('cluster', 'running')])).toEqual({ stage: 'booting', data: 'node', proc: null });
  expect(stageInfo([...nodes, stage('cluster', 'upgrading')])).toMatchObject({
    stage: 'upgrading',
    data: 'cluster data',
  });
});

test('progress is told while something is under way, and not afterwards', () => {
  const progress = {
    totalRate: 5,
    nodes: [
      { name: 'a', rate: 40, current: 'drain' as const },
      { name: 'b', rate: 0 },
    ],
  };
  expect(stageInfo([stage('cluster', 'support', { run, progress })]).proc).toEqual({
    total_rate: 5,
    nodes: [
      { name: 'a', proc_rate: 40, curr_proc: 'drain', completed: [] },
      { name: 'b', proc_rate: 0, curr_proc: '', completed: [] },
    ],
  });
  const over = { ...run, completionTime: '2026-01-01T00:01:00Z' };
  expect(stageInfo([stage('cluster', 'support', { run: over, progress })]).proc).toBeNull();
});

test('data is given back as it came: text, object or null; and never null beside a stage that stands for all', () => {
  const json = { dataFormat: 'JSON' } as const;
  const kept = [{ data: 'null' }, { data: '{"a":1}', ...json }, { data: 'null', ...json }, { data: '{', ...json }, {}];
  const given = kept.map((data): ClusterStage => ({
    ...stage('cluster', 'support'),
    spec: { stage: 'support', ...data },
  }));
  expect(given.map((each) => stageEntity(each).data)).toEqual(['null', { a: 1 }, null, '{', '']);
  expect(given.map((each) => stageInfo([each]).data)).toEqual(['null', { a: 1 }, '', '{', '']);
});

test.each([
  ['100Ti', '100T', '100.00TiB'],
  ['1269760Ki', '1.21G', '1.21GiB'],
  ['0', '0', '0'],
  ['1023', '1023', '1023B'],
  ['1001Gi', '1001G', '1001GiB'],
  ['1500M', '1.40G', '1.40GiB'],
])('%s of storage is told as %s, and by the original as %s', (total, documented, original) => {
  expect([documentedCapacity(total), originalCapacity(total)]).toEqual([documented, original]);
});

test('storage that nobody has counted yet is empty', () => {
  expect([documentedCapacity(undefined), originalCapacity(undefined)]).toEqual(['', '0']);
});

test('the cluster at a glance', () => {
  const cluster = stage('cluster', 'running', { capacity: { total: '100Ti', used: '0' } });
  expect(infoEntity(cluster, 'site-1', documentedCapacity)).toEqual({
    Name: 'site-1',
    Stage: 'running',
    Status_Msg: 'RUNNING',
    Total_Capacity: '100T',
    Usage_Capacity: '0',
    Management: ['support'],
  });
});
