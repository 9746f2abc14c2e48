import { describe, expect, test } from 'vitest';

import { clusterStages } from '../../../crds/types/clusterstage.ts';
import { namespaces, nodes } from '../../../kube/builtin.ts';
import type { Client } from '../../../kube/client.ts';
import { isTrue } from '../../../kube/conditions.ts';
import { evictPod, podDisruptionBudgets } from '../../../kube/disruption.ts';
import { pods, type Pod } from '../../../kube/workloads.ts';
import { until } from '../../harness/wait.ts';
import { apply, messageOf, stageCluster, stands } from './cluster.ts';
import { stageControllers } from './controllers.ts';
import { begin, cordon } from './nodes.ts';
import { allowed, budget, daemonSets, deploy, jobs, makePod, podsOn, podTemplate, runPod } from './workloads.ts';

// How the API server and its budgets really answer, each by a node and a namespace of its own.
const cluster = stageCluster();
stageControllers(cluster);

function identity({ metadata: { namespace = '', name, uid = '' } }: Pod) {
  return { namespace, name, uid };
}

describe.concurrent('What the API server answers to an eviction', () => {
  test('an eviction meant for an earlier pod of the name spends nothing where a dry run asks first', async () => {
    const client = await begin(cluster, 'later');
    const labels = { app: 'db' };
    const metadata = (name: string) => ({ namespace: 'later', name, labels });
    const [first, second] = [
      await runPod(client, 'later', { metadata: metadata('db-0') }),
      await runPod(client, 'later', { metadata: metadata('db-1') }),
    ];
    await budget(client, 'later', 'db', { minAvailable: 1 });
    await allowed(client, 'later', 'db', 1);
    const earlier = { ...identity(first), uid: 'of-an-earlier-one' };
    expect(await evictPod(client, earlier, { nameReturns: true })).toEqual({ answer: 'gone' });
    expect((await client.get(podDisruptionBudgets, { namespace: 'later', name: 'db' })).status).toMatchObject({
      disruptionsAllowed: 1,
    });
    // Without it the refusal counts, and nobody may go for two minutes.
    expect(await evictPod(client, earlier, { nameReturns: false })).toEqual({ answer: 'gone' });
    expect(await evictPod(client, identity(second), { nameReturns: true })).toMatchObject({ answer: 'refused' });
  });

  test('a pod that is being deleted may be evicted again and again, and is waited for until it is gone', async () => {
    const client = await begin(cluster, 'held');
    const pod = await runPod(client, 'held', {
      metadata: { namespace: 'held', name: 'guest', finalizers: ['example.com/held'] },
    });
    await apply(client, 'held', { stage: 'support', drain: { force: true } });
    const draining = await stands(client, 'held', 'Draining');
    expect(messageOf(draining)).toBe('pod held/guest to leave the node');
    expect(draining.status?.progress?.nodes?.[0]).toMatchObject({ current: 'drain', blockedBy: messageOf(draining) });
    await until(client, pods, { namespace: 'held', name: 'guest' }, ([one]) => one?.metadata.deletionTimestamp);
    expect(await evictPod(client, identity(pod), { nameReturns: true })).toEqual({ answer: 'accepted' });
    await client.mergePatch(pods, identity(pod), { metadata: { finalizers: null } });
    await stands(client, 'held', 'OutOfService');
  });

  test('a namespace that is being deleted refuses evictions for a while only', async () => {
    const client = await begin(cluster, 'ending');
    const pod = await runPod(client, 'ending', {
      metadata: { namespace: 'ending', name: 'guest', finalizers: ['example.com/held'] },
    });
    await client.delete(namespaces, { name: 'ending' });
    await until(client, pods, { namespace: 'ending', name: 'guest' }, ([one]) => one?.metadata.deletionTimestamp);
    expect(await evictPod(client, identity(pod), { nameReturns: true })).toMatchObject({
      answer: 'refused',
      lasting: false,
    });
    await apply(client, 'ending', { stage: 'support', drain: { force: true } });
    await stands(client, 'ending', 'Draining');
    await client.mergePatch(pods, identity(pod), { metadata: { finalizers: null } });
    await stands(client, 'ending', 'OutOfService');
  });

  test('a budget that cannot be worked out, and one of pods without a controller, are lasting and named', async () => {
    const client = await begin(cluster, 'never');
    const { metadata, spec } = podTemplate('mixed', ['never']);
    await deploy(client, 'never', 'mixed', { replicas: 1, pools: ['never'] });
    // Its pod has finished, and spoils the budget all the same.
    await client.create(jobs, {
      metadata: { namespace: 'never', name: 'mixed' },
      spec: { template: { metadata, spec: { ...spec, restartPolicy: 'Never' } } },
    });
    await until(client, pods, { namespace: 'never' }, (all) =>
      all.some(({ status }) => status?.phase === 'Succeeded') ? true : undefined,
    );
    await runPod(client, 'never', { metadata: { namespace: 'never', name: 'bare', labels: { app: 'bare' } } });
    await client.create(podDisruptionBudgets, {
      metadata: { namespace: 'never', name: 'bare' },
      spec: { selector: { matchLabels: { app: 'bare' } }, maxUnavailable: 1 },
    });
    await client.create(podDisruptionBudgets, {
      metadata: { namespace: 'never', name: 'mixed' },
      spec: { selector: { matchLabels: { app: 'mixed' } }, maxUnavailable: 1 },
    });
    const { items } = await client.list(pods, { namespace: 'never', labelSelector: 'app=mixed' });
    const web = items.find((pod) => pod.metadata.ownerReferences?.[0]?.kind === 'ReplicaSet');
    const told = [
      'pod never/bare is held by PodDisruptionBudget never/bare, which counts in shares of a controller, ' +
        'and its pods have none',
      `pod never/${web?.metadata.name} is held by PodDisruptionBudget never/mixed, which cannot be worked out ` +
        '(jobs.batch does not implement the scale subresource)',
    ];
    await until(client, podDisruptionBudgets, { namespace: 'never' }, (all) =>
      all.every(({ status }) => status?.conditions?.[0]?.status === 'False') ? true : undefined,
    );
    // Said before anything is touched, where somebody asks for the plan.
    await apply(client, 'never', { stage: 'support', dryRun: true, drain: { force: true } });
    const planned = await stands(client, 'never', 'Planned');
    expect(planned.status?.plan).toEqual(expect.arrayContaining(told.map((line) => `never: not now: ${line}`)));
    await apply(client, 'never', { dryRun: false });
    expect(messageOf(await stands(client, 'never', 'DrainBlocked'))).toContain(told[0]);
    expect((await client.get(nodes, { name: 'never' })).spec?.unschedulable).toBeUndefined();
    expect(await podsOn(client, 'never')).toHaveLength(3);
    for (const name of ['bare', 'mixed']) await client.delete(podDisruptionBudgets, { namespace: 'never', name });
    await stands(client, 'never', 'OutOfService');
  });

  test('a pod whose DaemonSet is gone goes with force only; one of a DaemonSet stays', async () => {
    const client = await begin(cluster, 'daemons');
    for (const name of ['stays', 'gone'])
      await client.create(daemonSets, {
        metadata: { namespace: 'daemons', name },
        spec: { selector: { matchLabels: { app: name } }, template: podTemplate(name, ['daemons']) },
      });
    const running = await until(client, pods, { namespace: 'daemons' }, (all) =>
      all.length === 2 && all.every(({ status }) => isTrue(status?.conditions, 'Ready')) ? all : undefined,
    );
    const of = (app: string) => running.find(({ metadata }) => metadata.labels?.['app'] === app)?.metadata;
    const orphan = { namespace: 'daemons', name: of('gone')?.name ?? '' };
    await client.delete(daemonSets, { namespace: 'daemons', name: 'gone' }, { propagationPolicy: 'Orphan' });
    await until(client, pods, orphan, ([one]) => (one?.metadata.ownerReferences === undefined ? true : undefined));
    await apply(client, 'daemons', { stage: 'support' });
    expect(messageOf(await stands(client, 'daemons', 'PodsMayNotMove'))).toBe(
      `pod daemons/${orphan.name} is made anew by nobody: move it, or set spec.drain.force`,
    );
    expect((await client.get(nodes, { name: 'daemons' })).spec?.unschedulable).toBeUndefined();
    await apply(client, 'daemons', { drain: { force: true } });
    await stands(client, 'daemons', 'OutOfService');
    const { items } = await client.list(pods, { namespace: 'daemons' });
    expect(items.map(({ metadata }) => metadata.uid)).toEqual([of('stays')?.uid]);
  });

  test('a pod that names a DaemonSet which is gone is taken away by Kubernetes itself', async () => {
    const client = await begin(cluster, 'nobody');
    const uid = 'e0f3a1f2-0000-4000-8000-000000000000';
    const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'was-here', uid, controller: true };
    await makePod(client, {
      metadata: { namespace: 'nobody', name: 'lost', ownerReferences: [owner] },
      spec: { nodeName: 'nobody' },
    });
    await expect.poll(async () => (await client.list(pods, { namespace: 'nobody' })).items).toEqual([]);
  });

  test('pods that nobody makes anew let no more go where two nodes are emptied at once', async () => {
    const client = await begin(cluster, 'stray-a', 'stray-b');
    await deploy(client, 'stray-a', 'app', { replicas: 4, pools: ['stray-a', 'stray-b'] });
    for (const name of ['lost-1', 'lost-2', 'lost-3'])
      await runPod(client, 'node-a', { metadata: { namespace: 'stray-a', name, labels: { app: 'app' } } });
    await budget(client, 'stray-a', 'app', { maxUnavailable: 1 });
    await allowed(client, 'stray-a', 'app', 4);
    // None can be made anew anywhere, though one stage may begin long before the other.
    for (const name of ['stray-a', 'stray-b']) await cordon(client, name);
    await Promise.all(['stray-a', 'stray-b'].map((name) => apply(client, name, { stage: 'support' })));
    await Promise.all(['stray-a', 'stray-b'].map((name) => stands(client, name, 'DrainBlocked')));
    // The one that may go may still be on its way.
    const left = await until(client, pods, { namespace: 'stray-a' }, (all) => {
      const bound = all.filter(({ spec }) => spec?.nodeName?.startsWith('stray-'));
      return bound.every(({ metadata }) => metadata.deletionTimestamp === undefined) ? bound : undefined;
    });
    expect(left).toHaveLength(3);
    for (const name of ['stray-a', 'stray-b']) await client.delete(clusterStages, { name });
  });

  test('a pod that comes after the cordon, or is on its way to the node, has to leave too', async () => {
    const client = await begin(cluster, 'late');
    const held = { finalizers: ['example.com/held'] };
    const goes = (name: string) =>
      client.mergePatch(pods, { namespace: 'late', name }, { metadata: { finalizers: null } });
    await runPod(client, 'late', { metadata: { namespace: 'late', name: 'early', ...held } });
    await apply(client, 'late', { stage: 'support', drain: { force: true } });
    await leaves(client, 'late', 'early');
    await makePod(client, { metadata: { namespace: 'late', name: 'bound', ...held }, spec: { nodeName: 'late' } });
    await goes('early');
    await leaves(client, 'late', 'bound');
    await makePod(client, {
      metadata: { namespace: 'late', name: 'nominated', ...held },
      spec: { schedulerName: 'nobody' },
    });
    const onItsWay = { status: { nominatedNodeName: 'late' } };
    await client.mergePatch(pods, { namespace: 'late', name: 'nominated' }, onItsWay, { subresource: 'status' });
    await goes('bound');
    await leaves(client, 'late', 'nominated');
    await goes('nominated');
    await stands(client, 'late', 'OutOfService');
    expect(await podsOn(client, 'late')).toEqual([]);
    // And so has one that is bound when all is done.
    await makePod(client, { metadata: { namespace: 'late', name: 'very-late' }, spec: { nodeName: 'late' } });
    await until(client, pods, { namespace: 'late' }, (all) => (all.length === 0 ? true : undefined));
  });
});

/** Resolves when the stage of the node waits for this pod alone. */
async function leaves(client: Client, node: string, pod: string): Promise<void> {
  await until(client, clusterStages, { namespace: '', name: node }, ([stage]) =>
    stage !== undefined && messageOf(stage) === `pod ${node}/${pod} to leave the node` ? true : undefined,
  );
}
