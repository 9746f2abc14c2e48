import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { agentTasks } from '../../../crds/types/agenttask.ts';
import { subjectAccessReviews } from '../../../kube/builtin.ts';
import { KubeClient } from '../../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../../kube/credentials.ts';
import { Transport } from '../../../kube/transport.ts';
import { mustKubectl } from '../../cluster/kubectl.ts';
import { createNamespace, testCluster, uniqueNamespace } from '../../cluster/testing.ts';
import { newCaller, type TestCaller } from './credentials.ts';
import { makeFacadeAccount, type FacadeAccount } from './facade-rights.ts';
import { startFacade, userOf, type FacadeProcess } from './process.ts';

let namespace: string;
let account: FacadeAccount;
/** Has the rights that docs/identity.md lists, and no others. */
let facade: FacadeProcess;
let client: KubeClient;

beforeAll(async () => {
  const made = await createNamespace();
  namespace = made.name;
  account = await makeFacadeAccount(namespace, 'limited impersonation');
  const transport = new Transport(new Credentials(() => loadKubeConfig(testCluster().kubeconfigPath)));
  client = new KubeClient(transport, { fieldManager: 'test' });
  facade = await startFacade(account.kubeconfigPath, namespace);
  return async () => {
    await facade.stop();
    await account.remove();
    await transport.close();
    await made.remove();
  };
});

async function taskNames(where = namespace): Promise<readonly string[]> {
  return (await client.list(agentTasks, { namespace: where })).items.map(
    ({ metadata }) => metadata.annotations?.['fleetwright.io/dispatch-name'] ?? '',
  );
}

function run(name: string): object {
  return { name, nodes: ['web-1'], tasks: '- ping:' };
}

/** As somebody waits for his Secret: who is refused too often meanwhile is turned away. */
const patience = { timeout: 60_000, interval: 1000 };

/** What somebody is answered who asks for a task that is not there. */
async function answerTo({ headers }: Pick<TestCaller, 'headers'>): Promise<number> {
  return (await facade.post('/api/check', { id: 999_999 }, headers)).status;
}

/** A caller whom the facade has heard of. @param answer by which is seen that his rights are known as well */
async function letIn(more: Parameters<typeof newCaller>[1], answer: 403 | 404): Promise<TestCaller> {
  const caller = await newCaller(namespace, more);
  await expect.poll(() => answerTo(caller), patience).toBe(answer);
  return caller;
}

const calls = [
  ['/api/run', run('not to be made')],
  ['/api/parallel_run', run('not to be made')],
  ['/api/check', { name: 'there' }],
  ['/api/stop', { name: 'there' }],
  ['/api/getlog', { source: 'hubble', host: 'web-1' }],
] as const;

const denied = (what: string): object => ({
  status: 403,
  body: { code: -1, message: expect.stringMatching(new RegExp(`^denied: .*${what}`)) },
});

test('a caller with all rights does all that the API offers, and every object carries his name', async () => {
  const answers = [];
  for (const [path, body] of [
    ['/api/run', run('there')],
    ['/api/check', { name: 'there' }],
    ['/api/getlog', { source: 'hubble' }],
    ['/api/stop', { name: 'there' }],
    ['/api/parallel_run', run('there too')],
  ] as const) {
    answers.push((await facade.post(path, body)).status);
  }
  expect(answers).toEqual([200, 200, 200, 200, 200]);
  const { items } = await client.list(agentTasks, { namespace });
  expect(items.map(({ metadata }) => metadata.annotations?.['fleetwright.io/requested-by'])).toEqual([
    userOf(namespace),
    userOf(namespace),
  ]);
});

describe('a caller who may read but not create', () => {
  test('is told what is there, and is denied the rest', async () => {
    const reader = await letIn({ readOnly: true }, 404);
    await facade.post('/api/run', run('to be read'));
    expect((await facade.post('/api/check', { name: 'to be read' }, reader.headers)).status).toBe(200);
    expect((await facade.post('/api/getlog', { source: 'hubble' }, reader.headers)).status).toBe(200);
    for (const path of ['/api/run', '/api/parallel_run']) {
      expect(await facade.post(path, run('not to be made'), reader.headers)).toEqual(
        denied(`ser "${reader.user}" cannot create`),
      );
    }
    expect(await facade.post('/api/stop', { name: 'to be read' }, reader.headers)).toEqual(
      denied(`ser "${reader.user}" cannot patch`),
    );
    expect(await taskNames()).not.toContain('not to be made');
    expect(
      (await client.list(agentTasks, { namespace })).items.find(
        ({ metadata }) => metadata.annotations?.['fleetwright.io/dispatch-name'] === 'to be read',
      )?.spec.stop,
    ).toBe(false);
  });
});

test('a caller with rights in another namespace is denied every call, and nothing is made in either', async () => {
  const elsewhere = await uniqueNamespace();
  const stranger = await letIn({ taskNamespaces: [elsewhere] }, 403);
  await facade.post('/api/run', run('there'));
  for (const [path, body] of calls)
    expect([path, await facade.post(path, body, stranger.headers)]).toEqual([
      path,
      denied(`"${stranger.user}" cannot`),
    ]);
  expect(await taskNames()).not.toContain('not to be made');
  expect(await taskNames(elsewhere)).toEqual([]);
});

describe('a caller whose rights are taken away while he calls', () => {
  test('is refused as soon as his Secret is gone', async () => {
    const { kubectl } = testCluster();
    const caller = await letIn({}, 404);
    await kubectl(['delete', 'secret', `credential-${caller.name}-1`, '-n', namespace]);
    await expect.poll(() => answerTo(caller), patience).toBe(401);
    expect((await facade.post('/api/run', run('not to be made'), caller.headers)).status).toBe(401);
    expect(await taskNames()).not.toContain('not to be made');
  });

  test('is denied writes at once and reads within ten seconds when his RoleBinding is gone', async () => {
    const { kubectl } = testCluster();
    const caller = await letIn({}, 404);
    await facade.post('/api/run', run('seen before'));
    expect((await facade.post('/api/check', { name: 'seen before' }, caller.headers)).status).toBe(200);
    await kubectl(['delete', 'rolebinding', `fleetwright-credential-${caller.name}`, '-n', namespace]);
    // The API server goes by it a moment later; what is made until then is made rightly.
    await expect.poll(() => mayCreate(caller), { timeout: 60_000 }).toBe(false);
    expect(await facade.post('/api/run', run('not to be made'), caller.headers)).toEqual(denied('cannot create'));
    await expect
      .poll(() => facade.post('/api/check', { name: 'seen before' }, caller.headers), {
        timeout: 60_000,
        interval: 500,
      })
      .toEqual(denied('cannot get'));
    expect(await taskNames()).not.toContain('not to be made');
  });
});

/** What the API server says itself. */
async function mayCreate({ user }: TestCaller): Promise<boolean | undefined> {
  const access = { verb: 'create', group: 'fleetwright.io', resource: 'agenttasks', namespace };
  const spec = { user, groups: ['system:authenticated'], resourceAttributes: access };
  return (await client.create(subjectAccessReviews, { metadata: { name: '' }, spec })).status?.allowed;
}

async function accountToken(name: string, args: readonly string[] = []): Promise<{ readonly authorization: string }> {
  const cluster = testCluster();
  await cluster.kubectl(['create', 'serviceaccount', name, '-n', namespace]);
  return {
    authorization: `Bearer ${(await mustKubectl(cluster, ['create', 'token', name, '-n', namespace, ...args])).trim()}`,
  };
}

describe('a Kubernetes token', () => {
  test('of a service account works by the rights of that service account', async () => {
    const { kubectl } = testCluster();
    const headers = await accountToken('robot');
    expect(await facade.post('/api/run', run('not to be made'), headers)).toEqual(
      denied(`ser "system:serviceaccount:${namespace}:robot" cannot create`),
    );
    await kubectl([
      'create',
      'role',
      'robot',
      '-n',
      namespace,
      '--verb=get,list,create',
      '--resource=agenttasks.fleetwright.io',
    ]);
    // By the group that all service accounts of the namespace are in.
    await kubectl([
      'create',
      'rolebinding',
      'robot',
      '-n',
      namespace,
      '--role=robot',
      `--group=system:serviceaccounts:${namespace}`,
    ]);
    await expect
      .poll(async () => (await facade.post('/api/run', run('by a robot'), headers)).status, {
        timeout: 60_000,
        interval: 500,
      })
      .toBe(200);
    await expect
      .poll(async () => (await facade.post('/api/check', { name: 'by a robot' }, headers)).status, {
        timeout: 60_000,
        interval: 500,
      })
      .toBe(200);
    const task = (await client.list(agentTasks, { namespace })).items.find(
      ({ metadata }) => metadata.annotations?.['fleetwright.io/dispatch-name'] === 'by a robot',
    );
    expect(task?.metadata.annotations?.['fleetwright.io/requested-by']).toBe(
      `system:serviceaccount:${namespace}:robot`,
    );
    expect(facade.log()).not.toContain(headers.authorization.slice('Bearer '.length));
  });

  test('for another service, or of a service account that was deleted, is nobody’s', async () => {
    const { kubectl } = testCluster();
    const foreign = await accountToken('foreign', ['--audience=another-service']);
    expect((await facade.post('/api/check', { id: 1 }, foreign)).status).toBe(401);
    const gone = await accountToken('gone');
    expect((await facade.post('/api/check', { id: 1 }, gone)).status).not.toBe(401);
    await kubectl(['delete', 'serviceaccount', 'gone', '-n', namespace]);
    await expect
      .poll(async () => (await facade.post('/api/check', { id: 1 }, gone)).status, { timeout: 60_000, interval: 500 })
      .toBe(401);
  });
});

describe('a facade with the rights for', () => {
  test.each([
    ['impersonation of old', { status: 200 }, ['whose']],
    [
      'no impersonation',
      {
        status: 500,
        body: { code: -1, message: expect.stringContaining('does not allow it to this service: ask the operator') },
      },
      [],
    ],
  ] as const)('%s acts for its callers, or says that it may not', async (rules, expected, made) => {
    const own = await uniqueNamespace();
    const limited = await makeFacadeAccount(own, rules);
    onTestFinished(() => limited.remove());
    const other = await startFacade(limited.kubeconfigPath, own);
    onTestFinished(async () => void (await other.stop()));
    expect(await other.post('/api/run', run('whose'))).toMatchObject(expected);
    expect(await taskNames(own)).toEqual(made);
  });
});
