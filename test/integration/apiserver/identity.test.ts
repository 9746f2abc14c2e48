import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { agentTasks } from '../../../crds/types/agenttask.ts';
import { KubeClient } from '../../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../../kube/credentials.ts';
import { Transport } from '../../../kube/transport.ts';
import { createNamespace, testCluster, uniqueNamespace } from '../../cluster/testing.ts';
import { bareEnvironment } from '../../harness/environment.ts';
import { applyManifests, newCaller } from './credentials.ts';
import { launchFacade, startFacade, type FacadeProcess } from './process.ts';

const helper = join(import.meta.dirname, '..', '..', '..', 'apiserver', 'credential', 'main.ts');
let namespace: string;
let facade: FacadeProcess;

beforeAll(async () => {
  const made = await createNamespace();
  namespace = made.name;
  facade = await startFacade(testCluster().kubeconfigPath, namespace);
  return async () => {
    await facade.stop();
    await made.remove();
  };
});

/** Runs the helper for people with this cluster and the namespace of the tests. */
async function credential(
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const env = {
    ...bareEnvironment(),
    KUBECONFIG: testCluster().kubeconfigPath,
    FLEETWRIGHT_NAMESPACE: namespace,
    FLEETWRIGHT_DISPATCH_NAMESPACE: namespace,
  };
  const child = spawn(process.execPath, [helper, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

function tokenIn(text: string): string {
  return /^ {2}(\S{43})$/m.exec(text)?.[1] ?? 'no token was shown';
}

async function status(token: string): Promise<number> {
  return (await facade.post('/api/check', { id: 999_999 }, { authorization: `Bearer ${token}` })).status;
}

/** A change of a Secret is seen when the watch tells of it; who is refused too often meanwhile is turned away. */
async function becomes(token: string, expected: number): Promise<void> {
  await expect.poll(() => status(token), { timeout: 60_000, interval: 1000 }).toBe(expected);
}

describe('the helper for credentials', () => {
  test('makes a credential that works at once, rotates it without a gap, and revokes it', async () => {
    const { kubectl } = testCluster();
    const created = await credential('create', '--name', 'orion', '--groups', 'ops');
    expect(created).toMatchObject({ code: 0, stderr: '' });
    const first = tokenIn(created.stdout);
    await becomes(first, 404);

    const rotated = await credential('rotate', '--name', 'orion');
    const second = tokenIn(rotated.stdout);
    expect(rotated.stdout).toContain('credential-orion-1');
    await becomes(second, 404);
    expect(await status(first)).toBe(404);
    expect((await credential('list')).stdout).toMatch(
      /^orion +bearer +credential-orion-2 +\S+ +fleetwright:orion +ops +can be used$/m,
    );

    expect((await credential('revoke', '--name', 'orion', '--old')).stdout).toBe(
      `${namespace}: Secret credential-orion-1: deleted\n`,
    );
    await becomes(first, 401);
    expect(await status(second)).toBe(404);

    expect((await credential('revoke', '--name', 'orion')).code).toBe(0);
    await becomes(second, 401);
    expect(
      (
        await kubectl([
          'get',
          'secret,role,rolebinding',
          '-n',
          namespace,
          '-l',
          'fleetwright.io/credential-name=orion',
          '-o',
          'name',
        ])
      ).stdout,
    ).toBe('');
    for (const token of [first, second]) {
      expect(facade.log()).not.toContain(token);
      expect(JSON.stringify(await kubectl(['get', 'secret', '-n', namespace, '-o', 'json']))).not.toContain(token);
    }
  });

  test('makes what lets its user call, in the namespaces given and for what was asked', async () => {
    const token = tokenIn((await credential('create', '--name', 'watcher', '--read-only')).stdout);
    await becomes(token, 404);
    const run = { name: 'by a watcher', nodes: ['web-1'], tasks: '- ping:' };
    expect((await facade.post('/api/run', run, { authorization: `Bearer ${token}` })).status).toBe(403);
    const rightless = tokenIn((await credential('create', '--name', 'rightless', '--task-namespaces', '')).stdout);
    await becomes(rightless, 403);
  });

  test('only writes manifests where that is asked, and these are as good', async () => {
    const { stdout, stderr } = await credential('create', '--name', 'printed', '--print');
    const token = tokenIn(stderr);
    expect(stdout).not.toContain(token);
    expect(await status(token)).toBe(401);
    expect((await testCluster().kubectl(['apply', '-f', '-'], { input: stdout })).stderr).toBe('');
    await becomes(token, 404);
  });

  test.each([
    [['create', '--name', 'twice'], 'there is a credential of this name'],
    [['rotate', '--name', 'nobody'], 'there is no credential of this name'],
    [['revoke', '--name', 'nobody'], 'there is no credential of this name'],
    [
      ['create', '--name', 'lost', '--task-namespaces', 'not-there'],
      'there is no namespace not-there: create it with: kubectl create namespace not-there',
    ],
  ])('refuses %j and says why', async (args, expected) => {
    if (args.includes('twice')) await credential(...args);
    const { code, stdout, stderr } = await credential(...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(expected);
    expect(stderr).not.toContain('    at ');
  });
});

describe('a Secret that names a user of Kubernetes’ own', () => {
  test.each([
    ['the group system:masters', { groups: ['system:masters'] }],
    ['the user system:admin', { user: 'system:admin' }],
  ])('or group, such as %s, lets nobody in, and the log says which Secret it is', async (_, more) => {
    const caller = await newCaller(namespace, { taskNamespaces: [], ...more });
    await expect.poll(() => facade.log(), { timeout: 60_000 }).toContain(`${namespace}/credential-${caller.name}-1`);
    expect(
      await facade.post('/api/run', { name: 'by a master', nodes: ['web-1'], tasks: '- ping:' }, caller.headers),
    ).toMatchObject({ status: 401, body: { code: -1 } });
    const line = facade
      .log()
      .split('\n')
      .find((each) => each.includes(`credential-${caller.name}-1`));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      level: 40,
      msg: 'credential cannot be used',
      problem: expect.stringContaining('belong to Kubernetes'),
    });
    expect((await testCluster().kubectl(['get', 'agenttasks', '-n', namespace, '-o', 'name'])).stdout).toBe('');
  });
});

test('an open facade says so, and takes who shows nothing for the user given, with his rights only', async () => {
  const own = await uniqueNamespace();
  const { kubeconfigPath } = testCluster();
  const transport = new Transport(new Credentials(() => loadKubeConfig(kubeconfigPath)));
  onTestFinished(() => transport.close());
  const anybody = `anybody-${own}`;
  const open = await launchFacade(kubeconfigPath, own, { FLEETWRIGHT_DISPATCH_OPEN_AS_USER: anybody });
  onTestFinished(async () => void (await open.stop()));
  const warnings = open
    .log()
    .split('\n')
    .filter((line) => line.includes('the dispatch API is open'));
  expect(warnings.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ level: 40, user: anybody }),
  ]);

  const post = async (more: Readonly<Record<string, string>> = {}): Promise<number> => {
    const headers = { 'x-correlation-id': '1-1', 'x-resource': 'old', ...more };
    return (
      await fetch(`${open.url}/api/run`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ name: 'by anybody', nodes: ['web-1'], tasks: '- ping:' }),
      })
    ).status;
  };
  expect(await post()).toBe(403);
  const rules = [{ apiGroups: ['fleetwright.io'], resources: ['agenttasks'], verbs: ['create', 'get'] }];
  const metadata = { name: 'anybody', namespace: own };
  const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'anybody' };
  await applyManifests([
    { ...rbac, kind: 'Role', metadata, rules },
    {
      ...rbac,
      kind: 'RoleBinding',
      metadata,
      roleRef,
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: anybody }],
    },
  ]);
  expect(await post({ authorization: 'Bearer wrong-token-0123456789-0123456789-01' })).toBe(401);
  await expect.poll(() => post(), { timeout: 60_000, interval: 500 }).toBe(200);
  const { items } = await new KubeClient(transport, { fieldManager: 'test' }).list(agentTasks, { namespace: own });
  expect(items.map(({ metadata: { annotations } }) => annotations?.['fleetwright.io/requested-by'])).toEqual([anybody]);
});
