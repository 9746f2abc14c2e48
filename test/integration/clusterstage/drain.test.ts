import { beforeAll, expect, test } from 'vitest';

import { clusterStages } from '../../../crds/types/clusterstage.ts';
import { namespaces, nodes } from '../../../kube/builtin.ts';
import { podDisruptionBudgets } from '../../../kube/disruption.ts';
import { volumeAttachments } from '../../../kube/storage.ts';
import { pods } from '../../../kube/workloads.ts';
import { until } from '../../harness/wait.ts';
import { apply, claimed, isGone, messageOf, stageCluster, stands } from './cluster.ts';
import { stageControllers } from './controllers.ts';
import { asBefore, makeNode, service, taint } from './nodes.ts';
import { allowed, budget, daemonSets, deploy, deployments, podsOn, podTemplate } from './workloads.ts';
import { Onlooker } from './onlooker.ts';

const cluster = stageCluster();
const namespace = 'work';

beforeAll(async () => {
  const { client } = cluster;
  await client.create(namespaces, { metadata: { name: namespace } });
  // The others would only be three more to upgrade, one after the other.
  for (const { metadata } of (await client.list(nodes)).items) await client.delete(nodes, metadata);
  for (const name of ['n1', 'n2', 'n3']) await makeNode(client, name, { spec: { taints: [taint] } });
});
const runs = stageControllers(cluster);

async function remove(name: string): Promise<void> {
  await cluster.client.delete(deployments, { namespace, name }, { propagationPolicy: 'Background' });
  await until(cluster.client, pods, { namespace }, (all) =>
    all.some(({ metadata }) => metadata.labels?.['app'] === name) ? undefined : true,
  );
}

test('a node is emptied within its budgets, goes into support, and is back exactly as it was', async () => {
  const { client } = cluster;
  await deploy(client, namespace, 'web', { replicas: 4, pools: ['n1', 'n2'] });
  await budget(client, namespace, 'web', { maxUnavailable: 1 });
  await client.create(daemonSets, {
    metadata: { namespace, name: 'agent' },
    spec: { selector: { matchLabels: { app: 'agent' } }, template: podTemplate('agent', ['n1', 'n2']) },
  });
  const before = await service(cluster, 'n1');
  expect(await podsOn(client, 'n1')).not.toEqual([]);
  await apply(client, 'n1', { stage: 'support', data: 'a new disk' });
  const stage = await stands(client, 'n1', 'OutOfService');
  expect(stage.status).toMatchObject({ stage: 'support', data: 'a new disk', available: ['running'] });
  expect(stage.status?.progress).toMatchObject({
    totalRate: 100,
    nodes: [{ name: 'n1', completed: ['claim', 'cordon', 'drain', 'detach'] }],
  });
  expect(await podsOn(client, 'n1')).toEqual([]);
  expect(await claimed(client)).toEqual(['n1']);
  const out = await client.get(nodes, { name: 'n1' });
  expect(out.spec?.unschedulable).toBe(true);
  expect(out.spec?.taints).toContainEqual({ key: 'fleetwright.io/stage', value: 'support', effect: 'NoSchedule' });

  await apply(client, 'n1', { stage: 'running', data: '' });
  await stands(client, 'n1', 'Running');
  // The taint of the cordon is taken away by Kubernetes itself.
  await expect.poll(() => service(cluster, 'n1')).toEqual(before);
  expect(await claimed(client)).toEqual([]);
  await client.delete(daemonSets, { namespace, name: 'agent' });
  await remove('web');
});

test('a budget that allows none stalls it by name, nothing is forced, and the drain goes on without it', async () => {
  const { client } = cluster;
  await deploy(client, namespace, 'db', { replicas: 1, pools: ['n1', 'n2'] });
  await budget(client, namespace, 'db', { maxUnavailable: 0 });
  const [pod] = (await client.list(pods, { namespace, labelSelector: 'app=db' })).items;
  const node = pod?.spec?.nodeName ?? '';
  await apply(client, node, { stage: 'support' });
  const stalled = await stands(client, node, 'DrainBlocked');
  expect(messageOf(stalled)).toBe(
    `pod work/${pod?.metadata.name} is held by PodDisruptionBudget work/db, which allows none to be away ` +
      '(maxUnavailable is 0)',
  );
  expect(stalled.status?.progress?.nodes?.[0]?.blockedBy).toBe(messageOf(stalled));
  expect((await podsOn(client, node)).map(({ metadata }) => metadata.uid)).toEqual([pod?.metadata.uid]);
  await client.delete(podDisruptionBudgets, { namespace, name: 'db' });
  await stands(client, node, 'OutOfService');
  expect(await podsOn(client, node)).toEqual([]);
  await client.delete(clusterStages, { name: node });
  await isGone(client, node);
  await expect.poll(() => service(cluster, node)).toEqual(asBefore);
  await remove('db');
});

test('pods that nobody makes anew do not count for those that a controller does', async () => {
  const { client } = cluster;
  await deploy(client, namespace, 'app', { replicas: 3, pools: ['n1'] });
  for (const name of ['stray-1', 'stray-2']) {
    const { metadata, spec } = podTemplate('app', ['n2']);
    await client.create(pods, { metadata: { ...metadata, namespace, name }, spec });
  }
  await until(client, pods, { namespace }, (all) =>
    all.filter(({ status }) => status?.phase === 'Running').length === 5 ? true : undefined,
  );
  await budget(client, namespace, 'app', { maxUnavailable: 1 });
  // By the budget alone all three could go at once: it takes the strays for healthy ones.
  await allowed(client, namespace, 'app', 3);
  await apply(client, 'n1', { stage: 'support' });
  const blocked = await stands(client, 'n1', 'DrainBlocked');
  expect(messageOf(blocked)).toMatch(/app-.* PodDisruptionBudget work\/app/);
  // Nothing can be made anew anywhere else, so that one has gone and two are there.
  await expect.poll(async () => (await podsOn(client, 'n1')).length).toBe(2);
  await client.delete(clusterStages, { name: 'n1' });
  await isGone(client, 'n1');
  for (const name of ['stray-1', 'stray-2']) await client.delete(pods, { namespace, name });
  await client.delete(podDisruptionBudgets, { namespace, name: 'app' });
  await remove('app');
});

test('a pod of two budgets, one with data and one that nobody makes anew are told of by name', async () => {
  const { client } = cluster;
  const { metadata, spec } = podTemplate('bare', ['n3']);
  const volumes = [{ name: 'scratch', emptyDir: {} }];
  await client.create(pods, {
    metadata: { ...metadata, namespace, name: 'bare' },
    spec: { ...spec, volumes },
  });
  await until(client, pods, { namespace, name: 'bare' }, ([one]) =>
    one?.status?.phase === 'Running' ? true : undefined,
  );
  await apply(client, 'n3', { stage: 'support' });
  expect(messageOf(await stands(client, 'n3', 'PodsMayNotMove'))).toContain('set spec.drain.force');
  // The node was not touched.
  expect(await service(cluster, 'n3')).toEqual(asBefore);
  await apply(client, 'n3', { drain: { force: true } });
  await until(client, clusterStages, { namespace: '', name: 'n3' }, ([one]) =>
    one !== undefined && messageOf(one).includes('set spec.drain.deleteEmptyDirData') ? true : undefined,
  );
  for (const name of ['bare', 'bare-too'])
    await client.create(podDisruptionBudgets, {
      metadata: { namespace, name },
      spec: { selector: { matchLabels: { app: 'bare' } }, minAvailable: 0 },
    });
  await apply(client, 'n3', { drain: { force: true, deleteEmptyDirData: true } });
  const two = await stands(client, 'n3', 'DrainBlocked');
  expect(messageOf(two)).toBe(
    'pod work/bare is selected by several PodDisruptionBudgets, work/bare and work/bare-too: leave it to one of them',
  );
  await client.delete(podDisruptionBudgets, { namespace, name: 'bare-too' });
  await stands(client, 'n3', 'OutOfService');
  expect(await podsOn(client, 'n3')).toEqual([]);
  await client.delete(clusterStages, { name: 'n3' });
  await isGone(client, 'n3');
});

test('an empty node is out of service when the volumes of the pods that left it are detached', async () => {
  const { client } = cluster;
  await client.create(volumeAttachments, {
    metadata: { name: 'csi-db' },
    spec: { attacher: 'csi.example.com', nodeName: 'n3', source: { persistentVolumeName: 'pv-db' } },
  });
  await apply(client, 'n3', { stage: 'support' });
  expect(messageOf(await stands(client, 'n3', 'Detaching'))).toContain('VolumeAttachment csi-db of node n3');
  await client.delete(volumeAttachments, { name: 'csi-db' });
  const stage = await stands(client, 'n3', 'OutOfService');
  expect(stage.status?.progress?.nodes?.[0]?.completed).toEqual(['claim', 'cordon', 'drain', 'detach']);
  await client.delete(clusterStages, { name: 'n3' });
  await isGone(client, 'n3');
});

test('a dry run asks the API server which pods could not be moved, and touches nothing', async () => {
  const { client } = cluster;
  const { metadata, spec } = podTemplate('gated', ['n3']);
  for (const name of ['gated-1', 'gated-2'])
    await client.create(pods, { metadata: { ...metadata, namespace, name }, spec });
  await budget(client, namespace, 'gated', { minAvailable: 2 });
  await until(client, pods, { namespace }, (all) =>
    all.filter((pod) => pod.metadata.labels?.['app'] === 'gated' && pod.status?.phase === 'Running').length === 2
      ? true
      : undefined,
  );
  await apply(client, 'n3', { stage: 'support', dryRun: true, drain: { force: true } });
  const planned = await stands(client, 'n3', 'Planned');
  expect(planned.status?.plan?.join('\n')).toMatch(/not now: pod work\/gated-1.*\n.*not now: pod work\/gated-2/);
  expect(await service(cluster, 'n3')).toEqual(asBefore);
  expect((await podsOn(client, 'n3')).map((pod) => pod.metadata.deletionTimestamp)).toEqual([undefined, undefined]);
  await client.delete(clusterStages, { name: 'n3' });
  await isGone(client, 'n3');
  for (const name of ['gated-1', 'gated-2']) await client.delete(pods, { namespace, name });
});

test('the whole cluster is upgraded by a task on each node, one node at a time', async () => {
  const { client } = cluster;
  await deploy(client, namespace, 'shop', { replicas: 3, pools: ['n1', 'n2', 'n3'] });
  await budget(client, namespace, 'shop', { maxUnavailable: 1 });
  const names = (await client.list(nodes)).items.map(({ metadata }) => metadata.name).toSorted();
  const onlooker = await Onlooker.open(client, { namespace, app: 'shop', nodes: names });
  await apply(client, 'cluster', {
    stage: 'upgrading',
    minReadySeconds: 1,
    upgrade: { taskTemplate: { namespace, spec: { content: runs.content } } },
  });
  const stage = await stands(client, 'cluster', 'Succeeded');
  await onlooker.close();
  expect(onlooker.mostOut).toBe(1);
  expect(onlooker.timesOut).toEqual(Object.fromEntries(names.map((name) => [name, 1])));
  expect(onlooker.fewestHealthy).toBe(2);
  expect(await runs.traces()).toEqual(names);
  expect(stage.status?.stage).toBe('running');
  expect(stage.status?.progress?.nodes?.map(({ name, task }) => `${name} ${task?.result}`)).toEqual(
    names.map((name) => `${name} Succeeded`),
  );
  expect(stage.status?.capacity).toEqual({ total: '300Gi', used: '0' });
  expect(await claimed(client)).toEqual([]);
  await remove('shop');
});
