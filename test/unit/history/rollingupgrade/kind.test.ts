import { describe, expect, test } from 'vitest';

import type {
  RollingUpgrade,
  RollingUpgradeNode,
  RollingUpgradeStatus,
} from '../../../../crds/types/rollingupgrade.ts';
import { rollingUpgradeHistory } from '../../../../history/rollingupgrade/kind.ts';
import { latestUpgrade } from '../../../../history/rollingupgrade/lookups.ts';
import { newsOf } from '../../../../history/recorder/plan.ts';
import { slim } from '../../../../history/recorder/slim.ts';
import { lastAppliedAnnotation } from '../../../../kube/objects.ts';
import { rollingUpgrade } from '../../../harness/rollingupgrade/objects.ts';
import { historyPath, openStore } from '../samples.ts';

const number = '3427188';

/** A node with every field that the definition has. */
const wholeNode: Required<RollingUpgradeNode> = {
  name: 'os-1',
  host: 'os-1-host',
  role: 'M',
  version: '2.7.0',
  status: 'failed',
  updatedDate: '2026-11-21T12:00:06Z',
  task: 'up-uid-1',
  blockedBy: 'node os-1 is not back in the cluster',
};
const others: readonly RollingUpgradeNode[] = ['os-2', 'os-3'].map((name) => {
  const { task: _, blockedBy: __, ...node } = wholeNode;
  return { ...node, name, role: 'D', status: 'running' };
});

const failed: RollingUpgradeStatus = {
  observedGeneration: 1,
  phase: 'Failed',
  clusterName: 'search',
  clusterUUID: 'uuid',
  currentVersion: '2.7.0',
  startTime: '2026-11-21T12:00:01Z',
  completionTime: '2026-11-21T12:10:00Z',
  nodeCount: 3,
  nodes: [wholeNode, ...others],
};

function upgrade(name: string, made: string, status: RollingUpgradeStatus = {}, dryRun = false): RollingUpgrade {
  const object = rollingUpgrade(name, ['os-1', 'os-2', 'os-3'], dryRun ? { dryRun } : {});
  return { ...object, metadata: { ...object.metadata, uid: name, creationTimestamp: made }, status };
}

/** What is told of an upgrade that stands so. */
function at(nodes: readonly RollingUpgradeNode[], more: RollingUpgradeStatus = {}): string {
  return newsOf(rollingUpgradeHistory, upgrade('up', '2026-11-21T12:00:00Z', { ...failed, ...more, nodes }));
}

describe('of a RollingUpgrade', () => {
  test.each<[RollingUpgradeStatus['phase'], boolean]>([
    [undefined, false],
    ['Pending', false],
    ['Running', false],
    ['Succeeded', true],
    ['Failed', true],
    ['Stopped', true],
  ])('the phase %s is its end: %s', (phase, over) => {
    const status = phase === undefined ? {} : { phase };
    expect(rollingUpgradeHistory.isOver(upgrade('up', '2026-11-21T12:00:00Z', status))).toBe(over);
  });

  test('every field of a node is recorded, and comes back', async () => {
    const store = await openStore();
    const ended = upgrade('up', '2026-11-21T12:00:00Z', failed);
    await store.complete(rollingUpgradeHistory, ended, {}, []);
    expect(await store.byName(rollingUpgradeHistory, { namespace: 'default', name: 'up' })).toEqual({
      object: ended,
      complete: true,
    });
    const rows = await store.rows(rollingUpgradeHistory, 'node', ['up'], { column: 'name', value: 'os-1' });
    expect(rows.map(({ row }) => row['blocked'])).toEqual([wholeNode.blockedBy]);
  });

  test('the latest of a cluster is found by its number, whether it is over or not, if it has begun', async () => {
    const store = await openStore();
    await store.complete(rollingUpgradeHistory, upgrade('first', '2026-11-20T12:00:00Z', failed), {}, []);
    const begun = { phase: 'Running', startTime: '2026-11-21T12:00:01Z' } as const;
    await store.see(rollingUpgradeHistory, [upgrade('second', '2026-11-21T12:00:00Z', begun)], []);
    const later = upgrade('tried', '2026-11-22T12:00:00Z', {}, true);
    const waits = upgrade('waits', '2026-11-23T12:00:00Z', { phase: 'Pending' });
    await store.see(rollingUpgradeHistory, [later, waits], []);
    expect((await latestUpgrade(store, 'default', number))?.metadata.name).toBe('second');
    // Dry no more: it is to be done.
    await store.see(rollingUpgradeHistory, [upgrade('tried', '2026-11-22T12:00:00Z', begun)], []);
    expect((await latestUpgrade(store, 'default', number))?.metadata.name).toBe('tried');
    expect(await latestUpgrade(store, 'default', '1')).toBeUndefined();
    expect(await latestUpgrade(store, 'elsewhere', number)).toBeUndefined();
  });

  test('each step of a node is told at once, and what it waits for is not', () => {
    const [second] = others;
    if (second === undefined) throw new Error('there are other nodes');
    expect(at([{ ...second, blockedBy: 'a shard' }])).toBe(at([second]));
    expect(at([{ ...second, status: 'complete' }])).not.toBe(at([second]));
    const current = { node: 'os-2', step: 'Returning', since: '2026-11-21T12:00:06Z' } as const;
    expect(at([second], { current })).not.toBe(at([second]));
  });

  test('the variables of its tasks are not known', () => {
    const object = rollingUpgrade('up', ['os-1']);
    const { hosts } = object.spec.members;
    const taskTemplate = { ...hosts.taskTemplate, user: 'deploy', variables: { key: 'secret' } };
    const spec = { ...object.spec, members: { hosts: { ...hosts, taskTemplate } } };
    const annotations = { [lastAppliedAnnotation]: 'secret' };
    const slimmed = slim(rollingUpgradeHistory, { ...object, metadata: { ...object.metadata, annotations }, spec });
    expect(JSON.stringify(slimmed)).not.toContain('secret');
    expect(slimmed.spec.members.hosts.taskTemplate).toEqual({ ...hosts.taskTemplate, user: 'deploy' });
  });

  test('what stays for ever is which cluster came to which version, and when', async () => {
    const store = await openStore(await historyPath());
    await store.complete(rollingUpgradeHistory, upgrade('up', '2026-11-21T12:00:00Z', failed), {}, []);
    expect(await store.prune(new Date('2027-11-21T12:00:00Z'), 9)).toBe(1);
    expect(await latestUpgrade(store, 'default', number)).toBeUndefined();
    const left = (await store.byName(rollingUpgradeHistory, { namespace: 'default', name: 'up' }))?.object;
    const { nodes: _, clusterUUID: __, observedGeneration: ___, ...status } = failed;
    expect(left?.status).toEqual(status);
    expect(left?.spec).toMatchObject({ serviceGroupInstanceNo: number, targetVersion: '2.9.0' });
    expect(JSON.stringify(left)).not.toContain('os-1');
    expect(await store.rows(rollingUpgradeHistory, 'node', ['up'])).toEqual([]);
  });
});
