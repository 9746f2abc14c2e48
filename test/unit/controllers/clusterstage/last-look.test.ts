import { expect, test } from 'vitest';

import { lastLook } from '../../../../controllers/clusterstage/last-look.ts';
import { takeOutPatch } from '../../../../controllers/clusterstage/marks.ts';
import { HostClaims } from '../../../../controllers/shared/hostclaims.ts';
import { Machines } from '../../../../controllers/shared/machines.ts';
import type { ClusterStage } from '../../../../crds/types/clusterstage.ts';
import { nodes, type Node } from '../../../../kube/builtin.ts';
import { ManualClock } from '../../../harness/world/clock.ts';
import { ModelApi } from '../../../harness/world/api.ts';
import { ModelClient } from '../../../harness/world/client.ts';
import { Life } from '../../../harness/world/life.ts';

const stage = (metadata: Partial<ClusterStage['metadata']>): ClusterStage => ({
  apiVersion: 'fleetwright.io/v1alpha1',
  kind: 'ClusterStage',
  metadata: { name: 'cluster', uid: 'uid-ours', ...metadata },
  spec: { stage: 'support', scope: 'Cluster' },
});

/** Nodes of two ClusterStages, one that nobody has out, and a claim of each stage; no cache shows any of it. */
async function cluster() {
  const api = new ModelApi(new ManualClock());
  const life = new Life({ interleave: false, fate: () => 'goes well', onDeath: () => undefined });
  const client = new ModelClient(api, life);
  const hostClaims = new HostClaims(client, 'fleetwright-system', new Machines());
  const outFor = { ours: 'uid-ours', theirs: 'uid-theirs' };
  api.create<Node>(nodes, { metadata: { name: 'in-service' } });
  for (const [name, uid] of Object.entries(outFor)) {
    const node = api.create<Node>(nodes, { metadata: { name } });
    api.mergePatch(nodes, { name }, takeOutPatch(node, undefined, uid, 'support'));
    await hostClaims.claim(name, { kind: 'ClusterStage', name: 'any', uid });
  }
  return { api, client, hostClaims };
}

test('a ClusterStage that is deleted finds what it has out and has claimed, though no cache shows it yet', async () => {
  const { client, hostClaims } = await cluster();
  const { out, held } = await lastLook(stage({ deletionTimestamp: '2026-01-01T00:00:00Z' }), { client, hostClaims });
  expect([...out.keys()]).toEqual(['ours']);
  expect(held).toEqual(['ours']);
});

test('of one that stays the API server is not asked', async () => {
  const { api, client, hostClaims } = await cluster();
  api.list = () => {
    throw new Error('asked');
  };
  expect(await lastLook(stage({}), { client, hostClaims })).toEqual({ out: new Map(), held: [] });
});
