import { beforeAll, describe, expect, test, vi } from 'vitest';

import { controllers, system } from '../../../chart/guarded.ts';
import { configMap, job, pod, run, task } from '../../../chart/run-objects.ts';
import { site } from './site.ts';

const name = 'run-0123-1-1';
const collector = 'system:serviceaccount:kube-system:generic-garbage-collector';
const namespaceController = 'system:serviceaccount:kube-system:namespace-controller';

beforeAll(async () => {
  // Without it no pod is let in.
  await site().kubectl(['wait', '--for=create', 'serviceaccount/default', '-n', 'default', '--timeout=60s']);
  await site().apply([
    task('running', {}),
    job('other', { labelled: false }),
    configMap('other'),
    configMap('run-log-0123-0', { 'fleetwright.io/run-log': '0123' }),
    pod('other'),
  ]);
  await inForce();
  await startRun('running', name);
}, 300_000);

/** Each policy by itself. */
async function inForce(): Promise<void> {
  await site().inForce(async () => site().create('deployer', job('forged')), 'only the controllers make them');
  await site().inForce(
    async () => site().create('deployer', pod('forged', { [run]: 'x' })),
    'only the Job controller makes them',
  );
  await site().inForce(
    async () => site().create('deployer', configMap('run-x', { [run]: 'x' })),
    'only the controllers write and delete them',
  );
  await site().inForce(
    async () => site().attempt(controllers, ['delete', 'configmap', 'other', '-n', 'default']),
    'and no others',
  );
  await site().inForce(
    async () => site().attempt(controllers, ['delete', 'job', 'other', '-n', 'default']),
    'and no others',
  );
}

async function owner(taskName: string, namespace = 'default'): Promise<object> {
  const uid = await site().kubectl(['get', 'agenttask', taskName, '-n', namespace, '-o', 'jsonpath={.metadata.uid}']);
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    name: taskName,
    uid,
    controller: true,
    blockOwnerDeletion: false,
  };
}

/**
 * As the controllers do it, with their rights: the Job and its file. Resolves when the Job controller has made the pod.
 */
async function startRun(taskName: string, runName: string, namespace = 'default'): Promise<void> {
  const metadata = { namespace, ownerReferences: [await owner(taskName, namespace)] };
  for (const object of [configMap(runName, { [run]: '0123-1-1' }, metadata), job(runName, { metadata })]) {
    await site().kubectl(['create', `--as=${controllers}`, '-f', '-'], JSON.stringify(object));
  }
  await vi.waitFor(async () => expect(await podOf(runName, namespace)).not.toBe(''), {
    timeout: 60_000,
    interval: 500,
  });
}

async function podOf(runName: string, namespace = 'default'): Promise<string> {
  return site().kubectl([
    'get',
    'pods',
    '-n',
    namespace,
    '-l',
    `batch.kubernetes.io/job-name=${runName}`,
    '-o',
    'jsonpath={.items[*].metadata.name}',
  ]);
}

/** As the controllers do it once the end is recorded. The Job controller takes its own finalizer away at any moment. */
async function letGo(runName: string, namespace: string): Promise<void> {
  for (const resource of [
    ['pod', await podOf(runName, namespace)],
    ['job', runName],
  ]) {
    await vi.waitFor(async () => {
      const found = JSON.parse(
        await site().kubectl(['get', ...resource, '-n', namespace, '-o', 'jsonpath={.metadata}']),
      ) as { readonly resourceVersion: string; readonly finalizers?: readonly string[] };
      const change = {
        metadata: {
          resourceVersion: found.resourceVersion,
          finalizers: found.finalizers?.filter((finalizer) => finalizer !== run),
        },
      };
      await site().kubectl([
        'patch',
        ...resource,
        '-n',
        namespace,
        `--as=${controllers}`,
        '--type=merge',
        '-p',
        JSON.stringify(change),
      ]);
    }, 60_000);
  }
}

const suspended = { spec: { suspend: true } };
const freed = { metadata: { finalizers: null } };
const unlabelled = { metadata: { labels: { [run]: null } } };
const labelled = { metadata: { labels: { [run]: '0123-1-1' } } };
const noted = { metadata: { annotations: { note: 'seen' } } };
const inDefault = ['-n', 'default'];
const theJob = ['job', name, ...inDefault];

async function thePod(): Promise<readonly string[]> {
  return ['pod', await podOf(name), ...inDefault];
}

describe('what somebody with all rights on Jobs, pods and ConfigMaps may not do with a run', () => {
  test.each<[string, object, string]>([
    ['make its Job', job('run-9'), 'only the controllers make them'],
    [
      'make a Job whose pods would pass for those of a run',
      job('own', { labelled: false, templateLabelled: true }),
      'only the controllers make them',
    ],
    ['make its pod', pod('own', { [run]: '0123-1-1' }), 'only the Job controller makes them'],
    ['make its file', configMap('run-9', { [run]: '9' }), 'only the controllers write and delete them'],
  ])('%s', async (_name, object, message) => {
    const { stderr } = await site().create('deployer', object);
    expect(stderr).toContain(message);
    expect(stderr).toContain('(Forbidden)');
  });

  test.each<[string, object, string]>([
    ['suspend its Job, to let it go on again', suspended, 'only the controllers change its spec'],
    ['let go of its Job', freed, 'holds the Job until its end is recorded'],
    ['hide its Job', unlabelled, 'leave it as it is'],
  ])('%s', async (_name, change, message) => {
    expect((await site().patch('ann', theJob, change)).stderr).toContain(message);
  });

  test('let go of its pod, or hide it', async () => {
    expect((await site().patch('ann', await thePod(), freed)).stderr).toContain(
      'holds the pod until what it came to is recorded',
    );
    expect((await site().patch('ann', await thePod(), unlabelled)).stderr).toContain('leave it as it is');
  });

  test('make a run of something else', async () => {
    for (const resource of ['job', 'pod'])
      expect((await site().patch('ann', [resource, 'other', ...inDefault], labelled)).stderr).toContain(
        'leave it as it is',
      );
    expect((await site().patch('ann', ['configmap', 'other', ...inDefault], labelled)).stderr).toContain(
      'only the controllers write and delete them',
    );
  });

  test('change or delete its file', async () => {
    const file = ['configmap', name, ...inDefault];
    expect((await site().patch('ann', file, { data: { 'run.json': '{}' } })).stderr).toContain('stop the task instead');
    expect((await site().patch('ann', file, unlabelled)).stderr).toContain('stop the task instead');
    expect((await site().attempt('ann', ['delete', ...file])).stderr).toContain('stop the task instead');
  });
});

describe('what goes on as before', () => {
  test('a user deletes its Job and its pod, and writes notes on them', async () => {
    for (const resource of [theJob, await thePod()]) {
      expect((await site().patch('ann', resource, noted)).stderr).toBe('');
      expect((await site().attempt('ann', ['delete', ...resource])).stderr).toBe('');
    }
  });

  test('a user makes Jobs, pods and ConfigMaps of his own, and deletes them', async () => {
    for (const object of [job('own', { labelled: false }), pod('own'), configMap('run-own')])
      expect((await site().create('deployer', object)).stderr).toBe('');
    for (const kind of ['job', 'pod', 'configmap'])
      expect((await site().attempt('ann', ['delete', kind, 'other', ...inDefault])).stderr).toBe('');
    expect((await site().patch('ann', ['job', 'other', ...inDefault], suspended)).stderr).toBe('');
  });

  test.each(['break-glass', controllers])('%s stops it and lets go of it', async (user) => {
    for (const resource of [theJob, await thePod()]) {
      expect((await site().patch(user, resource, freed)).stderr).toBe('');
      expect((await site().attempt(user, ['delete', ...resource])).stderr).toBe('');
    }
    expect((await site().patch(user, theJob, suspended)).stderr).toBe('');
    expect((await site().attempt(user, ['delete', 'configmap', name, ...inDefault])).stderr).toBe('');
  });

  test('Kubernetes cleans up', async () => {
    for (const user of [collector, namespaceController])
      expect((await site().attempt(user, ['delete', 'configmap', name, ...inDefault])).stderr).toBe('');
    const orphaned = { metadata: { ownerReferences: null } };
    for (const map of [name, 'run-log-0123-0'])
      expect((await site().patch(collector, ['configmap', map, ...inDefault], orphaned)).stderr).toBe('');
  });
});

describe('what the controllers may not do, though RBAC knows neither names nor labels', () => {
  test('make Jobs that run no task, or do so unseen', async () => {
    const ownerReferences = [await owner('running')];
    for (const object of [job('own'), job('own', { labelled: false, metadata: { ownerReferences } })])
      expect((await site().create(controllers, object)).stderr).toContain('and no others');
  });

  test('touch or delete what is no run', async () => {
    for (const kind of ['job', 'pod'])
      expect((await site().patch(controllers, [kind, 'other', ...inDefault], labelled)).stderr).toMatch(
        /and no others|leave it as it is/,
      );
    for (const kind of ['job', 'pod', 'configmap'])
      expect((await site().attempt(controllers, ['delete', kind, 'other', ...inDefault])).stderr).toContain(
        'and no others',
      );
  });

  test('delete logs and their counter', async () => {
    await site().apply([{ ...configMap('fleetwright-agenttask-ids', {}, { namespace: system }), data: { last: '7' } }]);
    expect(
      (await site().attempt(controllers, ['delete', 'configmap', 'run-log-0123-0', ...inDefault])).stderr,
    ).toContain('and no others');
    expect(
      (await site().attempt(controllers, ['delete', 'configmap', 'fleetwright-agenttask-ids', '-n', system])).stderr,
    ).toContain('and no others');
  });
});

test(
  'a task that is deleted takes its run with it, one that leaves it behind goes too, and so does a namespace',
  { timeout: 180_000 },
  async () => {
    await site().kubectl(['create', 'namespace', 'leaving']);
    await site().apply([task('goes', {}, 'leaving'), task('leaves', {}, 'leaving'), task('stays', {}, 'leaving')]);
    for (const taskName of ['goes', 'leaves', 'stays']) await startRun(taskName, `run-${taskName}`, 'leaving');
    const inIt = ['-n', 'leaving'];

    await site().kubectl(['delete', 'agenttask', 'goes', ...inIt]);
    await letGo('run-goes', 'leaving');
    await site().kubectl(['wait', '--for=delete', 'configmap/run-goes', 'job/run-goes', ...inIt, '--timeout=60s']);

    await site().kubectl(['delete', 'agenttask', 'leaves', '--cascade=orphan', ...inIt, '--timeout=60s']);
    expect(
      await site().kubectl(['get', 'configmap', 'run-leaves', ...inIt, '-o', 'jsonpath={.metadata.ownerReferences}']),
    ).toBe('');

    await site().kubectl(['delete', 'namespace', 'leaving', '--wait=false']);
    // Pods first; what made them waits until they are gone.
    const held = await podOf('run-stays', 'leaving');
    await vi.waitFor(
      async () =>
        expect(
          await site().kubectl(['get', 'pod', held, ...inIt, '-o', 'jsonpath={.metadata.deletionTimestamp}']),
        ).not.toBe(''),
      { timeout: 60_000, interval: 500 },
    );
    for (const runName of ['run-leaves', 'run-stays']) await letGo(runName, 'leaving');
    await site().kubectl(['wait', '--for=delete', 'namespace/leaving', '--timeout=90s']);
  },
);
