import { describe, test } from 'vitest';

import { weekdays } from '../../../controllers/clusterstage/turns/local-time.ts';
import { clusterStages } from '../../../crds/types/clusterstage.ts';
import { nodes } from '../../../kube/builtin.ts';
import { findCondition, rfc3339 } from '../../../kube/conditions.ts';
import { AlreadyExistsError } from '../../../kube/errors.ts';
import { podDisruptionBudgets } from '../../../kube/disruption.ts';
import { pods } from '../../../kube/workloads.ts';
import { measureDrain } from '../../bench/drain/measure.ts';
import { patience, variants } from '../../harness/matrix.ts';
import { until } from '../../harness/wait.ts';
import { apply, claimed, isGone, messageOf, stageCluster, stands } from './cluster.ts';
import { stageControllers } from './controllers.ts';
import { asBefore, begin, cordon, makeNode, service, taint } from './nodes.ts';
import { budget, deploy, podsOn, runPod } from './workloads.ts';
import { Onlooker } from './onlooker.ts';

// What goes wrong around nodes that are taken out of service, each by nodes and a namespace of its own.
const cluster = stageCluster();
const runs = stageControllers(cluster);

describe.concurrent('A ClusterStage of one node', () => {
  test('leaves a node cordoned that a person had cordoned, and empties it all the same', async ({ expect }) => {
    const client = await begin(cluster, 'cordoned');
    await cordon(client, 'cordoned');
    const before = await service(cluster, 'cordoned');
    await runPod(client, 'cordoned', { metadata: { namespace: 'cordoned', name: 'guest' } });
    await apply(client, 'cordoned', { stage: 'support', drain: { force: true } });
    await stands(client, 'cordoned', 'OutOfService');
    expect(await podsOn(client, 'cordoned')).toEqual([]);
    await client.delete(clusterStages, { name: 'cordoned' });
    await isGone(client, 'cordoned');
    expect(await service(cluster, 'cordoned')).toEqual(before);
    expect(before).toMatchObject({ unschedulable: true });
    expect(await claimed(client)).not.toContain('cordoned');
  });

  test('is refused where there is no such node, goes on when it is there, and is the only one of its node', async ({
    expect,
  }) => {
    const { client } = cluster;
    await apply(client, 'unknown', { stage: 'support' });
    const refused = await stands(client, 'unknown', 'NodeNotFound');
    expect(findCondition(refused.status?.conditions, 'Stalled')?.status).toBe('True');
    expect(await claimed(client)).not.toContain('unknown');
    await expect(
      client.create(clusterStages, {
        apiVersion: 'fleetwright.io/v1alpha1',
        kind: 'ClusterStage',
        metadata: { name: 'unknown' },
        spec: { stage: 'support' },
      }),
    ).rejects.toThrow(AlreadyExistsError);
    await begin(cluster, 'unknown');
    await stands(client, 'unknown', 'OutOfService');
  });

  test('moves the workload elsewhere, within its budget', async ({ expect }) => {
    const client = await begin(cluster, 'from', 'to');
    await deploy(client, 'from', 'web', { replicas: 3, pools: ['from', 'to'] });
    await budget(client, 'from', 'web', { minAvailable: 2 });
    const onlooker = await Onlooker.open(client, { namespace: 'from', app: 'web', nodes: ['from'] });
    await apply(client, 'from', { stage: 'support' });
    await stands(client, 'from', 'OutOfService');
    await onlooker.close();
    expect(onlooker.fewestHealthy).toBe(2);
    expect(await podsOn(client, 'from')).toEqual([]);
    await expect.poll(async () => (await podsOn(client, 'to')).length).toBe(3);
  });

  test('stops and tells when its time is over, names pod and budget, forces nothing, and goes on later', async ({
    expect,
  }) => {
    const client = await begin(cluster, 'full');
    await deploy(client, 'full', 'db', { replicas: 2, pools: ['full'] });
    await budget(client, 'full', 'db', { minAvailable: 2 });
    const before = (await podsOn(client, 'full')).map(({ metadata }) => metadata.uid ?? '').toSorted();
    await apply(client, 'full', { stage: 'support', drain: { timeoutSeconds: 10 } });
    const late = await stands(client, 'full', 'DrainTimeout');
    expect(messageOf(late)).toMatch(
      /^node full is not empty after 10 s, and nothing is forced: pod full\/db-\S+ is held by .* full\/db/,
    );
    expect(findCondition(late.status?.conditions, 'Stalled')).toMatchObject({ status: 'True', reason: 'DrainTimeout' });
    expect((await podsOn(client, 'full')).map(({ metadata }) => metadata.uid ?? '').toSorted()).toEqual(before);
    await client.delete(podDisruptionBudgets, { namespace: 'full', name: 'db' });
    await stands(client, 'full', 'OutOfService');
  });

  test('begins when its window opens, and leaves the node alone until then', async ({ expect }) => {
    const client = await begin(cluster, 'timely');
    const guest = await runPod(client, 'timely', { metadata: { namespace: 'timely', name: 'guest' } });
    // So far ahead that it cannot open while the test runs; where it is, clocks never leap.
    const opening = new Date(Date.now() + 3 * 86_400_000);
    opening.setUTCHours(10, 0, 0, 0);
    const days = weekdays.filter((_, day) => day === opening.getUTCDay());
    await apply(client, 'timely', {
      stage: 'support',
      drain: { force: true },
      window: { days, from: '19:00', to: '21:00', timeZone: 'Asia/Tokyo' },
    });
    const waiting = await stands(client, 'timely', 'OutsideWindow');
    expect(messageOf(waiting)).toBe(`spec.window opens at ${rfc3339(opening)}`);
    expect(findCondition(waiting.status?.conditions, 'Stalled')?.status).not.toBe('True');
    expect(await service(cluster, 'timely')).toEqual(asBefore);
    expect((await podsOn(client, 'timely')).map(({ metadata }) => metadata)).toEqual([
      expect.objectContaining({ uid: guest.metadata.uid }),
    ]);
    await apply(client, 'timely', { window: { days: weekdays, from: '00:00', to: '00:00' } });
    await stands(client, 'timely', 'OutOfService');
    expect(await podsOn(client, 'timely')).toEqual([]);
  });

  test('waits while another node of the control plane is out of service', async ({ expect }) => {
    const { client } = cluster;
    const labels = { 'node-role.kubernetes.io/control-plane': '' };
    for (const name of ['head-1', 'head-2']) await makeNode(client, name, { spec: { taints: [taint] }, labels });
    await apply(client, 'head-1', { stage: 'support' });
    await stands(client, 'head-1', 'OutOfService');
    await apply(client, 'head-2', { stage: 'support' });
    expect(messageOf(await stands(client, 'head-2', 'ControlPlane'))).toContain('head-1, which is out of service');
    expect(await service(cluster, 'head-2')).toEqual(asBefore);
    await apply(client, 'head-1', { stage: 'running' });
    await stands(client, 'head-2', 'OutOfService');
  });

  test('ends with its node, which leaves no claim, when that is deleted while pods are on their way', async ({
    expect,
  }) => {
    const client = await begin(cluster, 'vanishing');
    const guest = { namespace: 'vanishing', name: 'guest' };
    await runPod(client, 'vanishing', { metadata: { ...guest, finalizers: ['example.com/held'] } });
    await apply(client, 'vanishing', { stage: 'support', drain: { force: true } });
    await stands(client, 'vanishing', 'Draining');
    await client.delete(nodes, { name: 'vanishing' });
    await expect.poll(() => claimed(client)).not.toContain('vanishing');
    const { status } = await until(client, clusterStages, { namespace: '', name: 'vanishing' }, ([one]) =>
      one?.status?.progress?.nodes?.[0]?.gone === true || messageOf(one ?? refuse()).includes('no node')
        ? one
        : undefined,
    );
    expect(status?.conditions).toBeDefined();
    await client.mergePatch(pods, guest, { metadata: { finalizers: null } });
    await client.delete(clusterStages, { name: 'vanishing' });
    await isGone(client, 'vanishing');
  });
});

function refuse(): never {
  throw new Error('the ClusterStage is gone');
}

describe('A ClusterStage of the whole cluster', () => {
  test('waits for the stage of a node, takes each node out once, and leaves alone one that comes later', async ({
    expect,
  }) => {
    const client = await begin(cluster, 'rack-1', 'rack-2');
    await runPod(client, 'rack-2', {
      metadata: { namespace: 'rack-1', name: 'guest', finalizers: ['example.com/held'] },
    });
    await apply(client, 'rack-1', { stage: 'support' });
    await stands(client, 'rack-1', 'OutOfService');
    const onlooker = await Onlooker.open(client, {
      namespace: 'rack-1',
      app: 'none',
      nodes: ['rack-1', 'rack-2', 'rack-3'],
    });
    await apply(client, 'cluster', {
      stage: 'upgrading',
      nodeSelector: { rack: 'rack-1' },
      maxUnavailable: 2,
      minReadySeconds: 0,
      drain: { force: true },
      upgrade: { taskTemplate: { namespace: 'rack-1', spec: { content: runs.content } } },
    });
    const waiting = await until(client, clusterStages, { namespace: '', name: 'cluster' }, ([one]) =>
      one?.status?.progress?.nodes?.every(({ blockedBy }) => blockedBy !== undefined) ? one : undefined,
    );
    expect(waiting.status?.progress?.nodes?.map(({ name, blockedBy }) => `${name}: ${blockedBy}`)).toEqual([
      'rack-1: host rack-1 is claimed by ClusterStage rack-1',
      'rack-2: pod rack-1/guest to leave the node',
    ]);
    await makeNode(client, 'rack-3', { spec: { taints: [taint] }, labels: { rack: 'rack-1' } });
    await client.mergePatch(pods, { namespace: 'rack-1', name: 'guest' }, { metadata: { finalizers: null } });
    await apply(client, 'rack-1', { stage: 'running' });
    const { status } = await stands(client, 'cluster', 'Succeeded');
    await onlooker.close();
    expect(status?.progress?.nodes?.map(({ name }) => name)).toEqual(['rack-1', 'rack-2']);
    // Out for its own stage when the watch began.
    expect(onlooker.timesOut).toEqual({ 'rack-1': 2, 'rack-2': 1 });
    await expect
      .poll(async () => [await service(cluster, 'rack-1'), await service(cluster, 'rack-2')])
      .toEqual([asBefore, asBefore]);
    expect((await runs.traces()).toSorted()).toEqual(['rack-1', 'rack-2']);
    await expect.poll(() => claimed(client)).not.toContain('rack-1');
  });
});

// On a control plane of its own.
test.for(variants([{ nodes: 1000, pods: 10_000, zones: 5 }], []))(
  '$nodes nodes with $pods pods are upgraded within the limits, by few calls, with a small status',
  { timeout: patience(200_000) },
  async (size, { expect }) => {
    const { sights, parallel, memory, fleetwright } = await measureDrain({
      rounds: 1,
      size,
      drainers: ['fleetwright'],
      log: (line) => console.log(line),
    });
    const [seen] = sights;
    expect(seen?.timesOut, 'times that a node went out of service').toBe(1);
    expect(seen?.mostOut).toBeLessThanOrEqual(parallel.ofAll);
    expect(seen?.mostOutOfZone).toBeLessThanOrEqual(parallel.ofZone);
    expect(seen?.statusWrites, 'writes of the status in a second').toBeLessThanOrEqual(1);
    expect(seen?.statusBytes).toBeLessThan(256 * 1024);
    expect(memory, 'MiB').toBeLessThanOrEqual(250);
    // Each pod is one call; what else is done to a node takes no more than twice as many as those of ten pods.
    expect(fleetwright[0]?.calls).toBeLessThan((size.pods / size.nodes) * 1.5 + 15);
  },
);
