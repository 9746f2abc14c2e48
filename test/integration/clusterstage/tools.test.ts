import { join } from 'node:path';

import { pino } from 'pino';
import { beforeAll, expect, test } from 'vitest';

import { makeClusterObject } from '../../../controllers/clusterstage/cluster-object.ts';
import { clusterStages, type ClusterStageSpec } from '../../../crds/types/clusterstage.ts';
import { namespaces } from '../../../kube/builtin.ts';
import { pods } from '../../../kube/workloads.ts';
import type { Ended } from '../../chart/processes.ts';
import { helmForFile } from '../../chart/site.ts';
import { runKubectl, type KubectlResult } from '../../cluster/kubectl.ts';
import { isGone, stageCluster, stands } from './cluster.ts';
import { stageControllers } from './controllers.ts';
import { makeNode, service } from './nodes.ts';
import { podsOn, runPod } from './workloads.ts';

// What the tools that people use make of ClusterStages while controllers work on them.
const cluster = stageCluster({ scheduler: false });
const helm = helmForFile();
const checkout = join(import.meta.dirname, '..', '..', '..');
const chart = join(checkout, 'test', 'gitops', 'stage-chart');
const fleet = join(checkout, 'examples', 'clusterstage-fleet.yaml');
const namespace = 'tools';
const inService = { unschedulable: false, taints: [], annotations: {} };
stageControllers(cluster);

beforeAll(() => cluster.client.create(namespaces, { metadata: { name: namespace } }));

/** As the controllers do it when they begin to lead. */
async function makeCluster(): Promise<void> {
  await makeClusterObject(cluster.client, pino({ level: 'silent' }), new AbortController().signal);
}

async function apply(flags: readonly string[], file: string, input = ''): Promise<KubectlResult> {
  return runKubectl(cluster.plane, ['apply', ...flags, '--filename', file], { input });
}

/** Of a release of the chart that is called as its stage is. */
async function helmWait(
  command: 'install' | 'upgrade',
  name: string,
  stage: Partial<ClusterStageSpec>,
  flags: readonly string[] = [],
): Promise<Ended> {
  const values = await helm().valuesFile({ name, stage });
  const { kubeconfigPath } = cluster.plane;
  const args = [command, chart, '--wait', '--timeout=100s', '--values', values, ...flags];
  return helm().run(args, { name, namespace, kubeconfigPath });
}

async function uninstall(name: string): Promise<void> {
  const { kubeconfigPath } = cluster.plane;
  await helm().must(['uninstall', '--wait'], { name, namespace, kubeconfigPath });
  await isGone(cluster.client, name);
}

async function letGo(name: string): Promise<void> {
  await cluster.client.delete(clusterStages, { name });
  await isGone(cluster.client, name);
}

test.each([[[]], [['--server-side', '--force-conflicts']]])(
  'kubectl apply %j changes the stage of the cluster that the controllers have made, without a warning',
  async (flags) => {
    await makeCluster();
    expect(await apply(flags, fleet)).toMatchObject({ code: 0, stderr: '' });
    const planned = await stands(cluster.client, 'cluster', 'Planned');
    expect(planned.spec.window).toBeDefined();
    // What is in the file no more is gone, as with an object that kubectl made itself.
    const spec = { scope: 'Cluster', stage: 'running' };
    const later = { apiVersion: 'fleetwright.io/v1alpha1', kind: 'ClusterStage', metadata: { name: 'cluster' }, spec };
    expect(await apply(flags, '-', JSON.stringify(later))).toMatchObject({ code: 0, stderr: '' });
    const back = await stands(cluster.client, 'cluster', 'Running');
    expect(back.spec.window).toBeUndefined();
    await letGo('cluster');
  },
);

test('helm --wait comes back when the node is out of service, and after an upgrade when it is back', async () => {
  const { client } = cluster;
  await makeNode(client, 'calm', {});
  await runPod(client, 'calm', { metadata: { namespace, name: 'held', finalizers: ['example.com/held'] } });
  let ended = false;
  const installed = helmWait('install', 'calm', { stage: 'support', drain: { force: true } }).finally(() => {
    ended = true;
  });
  await stands(client, 'calm', 'Draining');
  expect(ended).toBe(false);
  await client.mergePatch(pods, { namespace, name: 'held' }, { metadata: { finalizers: null } });
  expect(await installed).toMatchObject({ code: 0 });
  await stands(client, 'calm', 'OutOfService');
  expect(await podsOn(client, 'calm')).toEqual([]);
  expect(await helmWait('upgrade', 'calm', { stage: 'running' })).toMatchObject({ code: 0 });
  await stands(client, 'calm', 'Running');
  await expect.poll(() => service(cluster, 'calm')).toEqual(inService);
});

test('helm --wait fails with the words of a stage that is stalled, which goes on all the same', async () => {
  const { client } = cluster;
  await makeNode(client, 'stuck', {});
  await runPod(client, 'stuck', { metadata: { namespace, name: 'guest' } });
  const { code, stderr } = await helmWait('install', 'stuck', { stage: 'support' });
  expect(code).not.toBe(0);
  expect(stderr).toContain('status: Failed, message: pod tools/guest is made anew by nobody');
  expect(await service(cluster, 'stuck')).toEqual(inService);
  await client.delete(pods, { namespace, name: 'guest' });
  await stands(client, 'stuck', 'OutOfService');
  // Without the release the node is back in service.
  await uninstall('stuck');
  await expect.poll(() => service(cluster, 'stuck')).toEqual(inService);
});

test('helm takes over the stage of the cluster that the controllers have made where it is told to', async () => {
  await makeCluster();
  const stage = { scope: 'Cluster', stage: 'support', dryRun: true } as const;
  const refused = await helmWait('install', 'cluster', stage);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('cannot be imported into the current release');
  const { code, stderr } = await helmWait('install', 'cluster', stage, ['--take-ownership', '--force-conflicts']);
  expect(code, `helm says: ${stderr}`).toBe(0);
  await stands(cluster.client, 'cluster', 'Planned');
  await uninstall('cluster');
});
