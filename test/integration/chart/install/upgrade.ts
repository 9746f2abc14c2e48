import { expect, test } from 'vitest';

import { chartFolder } from '../../../chart/helm.ts';
import { controllers } from '../../../chart/guarded.ts';
import { olderChart } from '../../../chart/older.ts';
import { helm, kubectl, release } from './site.ts';

const waiting = ['--wait', '--timeout', '4m', '--set', 'facade.enabled=false'];
const run = 'fleetwright.io/run';
const name = 'run-0123-1-1';

async function create(object: object, ...more: readonly string[]): Promise<void> {
  await kubectl(['create', '-f', '-', ...more], JSON.stringify(object));
}

function task(taskName: string, spec: object): object {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: {
      name: taskName,
      namespace: 'default',
      labels: { 'fleetwright.io/id': '1' },
      finalizers: ['fleetwright.io/agenttask'],
    },
    spec: { hosts: ['web-1'], content: '- hosts: all\n  tasks: []\n', ...spec },
  };
}

async function field(taskName: string, path: string): Promise<string> {
  return kubectl(['get', 'agenttask', taskName, '-o', `jsonpath={${path}}`]);
}

/** What the controllers would have made for the task; there are none here that work. */
async function startRun(taskName: string): Promise<void> {
  const owner = {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    name: taskName,
    uid: await field(taskName, '.metadata.uid'),
    controller: true,
    blockOwnerDeletion: false,
  };
  const metadata = { name, namespace: 'default', labels: { [run]: '0123-1-1' }, ownerReferences: [owner] };
  const template = {
    metadata: { labels: { [run]: '0123-1-1' } },
    spec: { restartPolicy: 'Never', containers: [{ name: 'runner', image: 'none' }] },
  };
  await create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'run.json': '{}' } }, `--as=${controllers}`);
  await create(
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { ...metadata, finalizers: [run] },
      spec: { backoffLimit: 0, template },
    },
    `--as=${controllers}`,
  );
}

async function letGo(...objects: readonly string[]): Promise<void> {
  for (const object of objects)
    await kubectl(['patch', object, '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
}

async function expectRunKept(): Promise<void> {
  expect(
    await kubectl([
      'get',
      `job/${name}`,
      `configmap/${name}`,
      '-o',
      'jsonpath={range .items[*]}{.kind}:{.metadata.deletionTimestamp} {end}',
    ]),
  ).toBe('Job: ConfigMap:');
}

test(
  'who has the chart of before upgrades it, goes back and forward again, with tasks and a run that are there',
  { timeout: 900_000 },
  async () => {
    const older = await olderChart(await helm().scratch());
    await helm().must(['install', older, '--create-namespace', ...waiting], release());
    await kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
    await create(task('old', {}));
    const status = {
      phase: 'Running',
      startTime: '2026-01-01T00:00:00Z',
      run: { id: 'x-1-1', executor: 'local', location: 'host:/runs', timeoutSeconds: 60 },
    };
    await kubectl([
      'patch',
      'agenttask',
      'old',
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status }),
    ]);
    await create({
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'AgentJob',
      metadata: { name: 'content', namespace: 'default' },
      spec: { content: '- debug:\n' },
    });
    const { resourceVersion } = JSON.parse(await field('old', '.metadata')) as { readonly resourceVersion: string };

    const forward = async (): Promise<string> => helm().must(['upgrade', chartFolder, ...waiting], release());
    await forward();
    expect(JSON.parse(await field('old', '.status'))).toMatchObject(status);
    expect(await field('old', '.metadata.resourceVersion')).toBe(resourceVersion);
    await create(task('new', { job: { shardSize: 5 } }));
    await startRun('new');

    await helm().must(['rollback', '1', '--wait', '--timeout', '4m'], release());
    expect(JSON.parse(await field('old', '.status'))).toMatchObject(status);
    expect(await field('new', '.spec.hosts[0]')).toBe('web-1');
    await expectRunKept();

    await forward();
    expect(await field('new', '.spec.job.shardSize')).toBe('5');
    await expectRunKept();

    await helm().must(['uninstall', '--wait', '--timeout', '4m'], release());
    expect(await kubectl(['get', 'agenttasks,agentjobs', '-o', 'name'])).toBe(
      'agenttask.fleetwright.io/new\nagenttask.fleetwright.io/old\nagentjob.fleetwright.io/content',
    );
    await expectRunKept();

    await helm().must(['install', chartFolder, ...waiting, '--set', 'crds.keep=false'], release());
    expect(await field('new', '.spec.job.shardSize')).toBe('5');
    // What the hook does, whose pod is only pretended here, and the controllers.
    await letGo('agenttask/old', 'agenttask/new', `job/${name}`);
    await kubectl(['delete', 'agenttask', 'old', 'new']);
    await kubectl(['wait', '--for=delete', `job/${name}`, `configmap/${name}`, '--timeout=120s']);
    await helm().must(['uninstall', '--wait', '--timeout', '4m'], release());
    expect(await kubectl(['get', 'crds', '-o', 'name'])).toBe('');
    const kinds = [
      'deployments',
      'jobs',
      'configmaps',
      'secrets',
      'services',
      'serviceaccounts',
      'roles',
      'rolebindings',
      'poddisruptionbudgets',
      'clusterroles',
      'clusterrolebindings',
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
    ];
    expect(
      await kubectl(['get', kinds.join(','), '-A', '-l', 'app.kubernetes.io/instance=fleetwright', '-o', 'name']),
    ).toBe('');
  },
);
