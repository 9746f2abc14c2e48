import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { roleName } from '../../../apiserver/credential/manifests.ts';
import { taskNameOf } from '../../../apiserver/jobx/uuids.ts';
import { agentJobs } from '../../../crds/types/agentjob.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { deployGroups } from '../../../crds/types/deploygroup.ts';
import { mustKubectl } from '../../cluster/kubectl.ts';
import { createNamespace, testCluster, type TestNamespace } from '../../cluster/testing.ts';
import { agentJob } from '../../harness/agenttask/objects.ts';
import { clientForFile } from '../kube/cluster.ts';
import { callJobx, documentedCalls, newApp, type App, type DocumentedCall, type Said } from './jobx.ts';
import { launchFacade, type FacadeProcess } from './process.ts';

const client = clientForFile();
let namespace: TestNamespace;
/** Of no project. */
let elsewhere: TestNamespace;
let facade: FacadeProcess;
let flow: App;
let reader: App;
let stranger: App;

const uuid = 'AbCdEfGhIj1a';
const job = { jobname: 'install', group: 'web' };
const group = { name: 'web', group_type: 'list', node: 'node1;node2' };
const third = { project_id: 1, uuid: 'BcDeFgHiJk1a', params: job };
/** The batch that waits for confirmation. */
let subtaskuuid: string;
/** Of the group. */
let id: number;

beforeAll(async () => {
  namespace = await createNamespace();
  elsewhere = await createNamespace();
  const { name } = namespace;
  flow = await newApp(name, 'flow');
  reader = await newApp(name, 'reader', { readOnly: true });
  stranger = await newApp(name, 'stranger', { taskNamespaces: [elsewhere.name] });
  const install = agentJob('install');
  await client.create(agentJobs, { ...install, metadata: { ...install.metadata, namespace: name } });
  facade = await launchFacade(testCluster().kubeconfigPath, name, { FLEETWRIGHT_JOBX_PROJECTS: `1=${name}` });
  // What the others find: a task that waits for confirmation, and may be taken back. No controllers are here.
  await call(flow, 'POST /group/:projectid', { body: group });
  const body = { ...job, uuid, variable: { _rollbackVersion_: '1' } };
  await call(flow, 'POST /task/:projectid/job/byname', { body });
  const batches = [
    { number: 1, hosts: ['node1'], task: 'x', phase: 'Failed', confirm: 'WaitConfirm' },
    { number: 2, hosts: ['node2'], phase: 'Pending' },
  ];
  const since = new Date().toISOString();
  const waiting = { batch: 2, revision: 'r1', reason: 'BatchFailed', since };
  const status = { phase: 'Running', startTime: since, batches, waiting };
  await client.mergePatch(
    agentTasks,
    { namespace: name, name: taskNameOf(uuid) },
    { status },
    { subresource: 'status' },
  );
  const subtasks = async (): Promise<readonly { readonly uuid: string }[]> => {
    const answer = await call(flow, 'GET /subtask/:projectid/:taskuuid', { path: { taskuuid: uuid } });
    return (answer.body as { readonly data: readonly { readonly uuid: string }[] }).data;
  };
  const groups = async (): Promise<readonly { readonly id: number }[]> =>
    ((await call(flow, 'GET /group/:projectid')).body as { readonly data: readonly { readonly id: number }[] }).data;
  const patience = { timeout: 60_000 };
  id = await vi.waitUntil(async () => (await groups())[0]?.id, patience);
  subtaskuuid = await vi.waitUntil(async () => (await subtasks())[0]?.uuid, patience);
});
afterAll(async () => {
  await facade?.stop();
  await namespace.remove();
  await elsewhere.remove();
});

async function call(
  { headers }: { readonly headers: Readonly<Record<string, string>> },
  documented: DocumentedCall,
  { path = {}, ...said }: Said = {},
): ReturnType<typeof callJobx> {
  const filled = { projectid: 1, id, slave: 'any', uuid, taskuuid: uuid, subtaskuuid, ...path };
  return callJobx(facade.url, headers, documented, { ...said, path: filled });
}

/** What each call of the document needs beside what stands in its path; of those that change something: what. */
const calls: Readonly<Record<DocumentedCall, { readonly said?: Said; readonly changes?: string }>> = {
  'GET /group/:projectid': {},
  'GET /group/:projectid/:id': {},
  'GET /group/:projectid/:id/node': {},
  'POST /group/:projectid': { said: { body: { ...group, name: 'other' } }, changes: 'create deploygroups' },
  'POST /group/:projectid/:id': { said: { body: { ...group, node: 'z' } }, changes: 'patch resource "deploygroups"' },
  'DELETE /group/:projectid/:id': { changes: 'delete deploygroups' },
  'GET /log/:projectid': {},
  'GET /slave/:slave/log/:uuid': {},
  'GET /task/:projectid': {},
  'GET /task/:projectid/count': {},
  'GET /task/:projectid/:uuid': {},
  'POST /task/:projectid/job/byname': { said: { body: job }, changes: 'create agenttasks' },
  'PUT /task/:projectid/:uuid/:control': {
    said: { path: { control: 'rollback' } },
    changes: 'patch resource "agenttasks"',
  },
  'DELETE /task/:projectid/:uuid': { changes: 'patch agenttasks' },
  'PUT /task/:projectid/:uuid': { changes: 'patch agenttasks' },
  'GET /task/:projectid/analysis/last': {},
  'GET /task/:projectid/analysis/date': {},
  'GET /task/:projectid/analysis/hour': {},
  'GET /task/:projectid/analysis/runtime': {},
  'GET /subtask/:projectid/:taskuuid': {},
  'PUT /subtask/:projectid/:subtaskuuid/confirm': { changes: 'patch resource "agenttasks"' },
  'POST /third/option/groupname': { said: { body: { project_id: 1 } } },
  'POST /third/interface/dry-run': { said: { body: third }, changes: 'create agenttasks' },
  'POST /third/interface/invoke': { said: { body: third }, changes: 'create agenttasks' },
  'POST /third/interface/query': { said: { body: { uuid } } },
  'POST /third/interface/stop': { said: { body: { uuid } }, changes: 'patch agenttasks' },
};

/** What there is, but for what the API server writes beside it. */
async function there(): Promise<readonly unknown[]> {
  const all = [];
  for (const where of [namespace.name, elsewhere.name]) {
    const tasks = (await client.list(agentTasks, { namespace: where })).items;
    const groups = (await client.list(deployGroups, { namespace: where })).items;
    all.push(...[...tasks, ...groups].map(({ metadata, spec }) => [metadata.name, metadata.annotations, spec]));
  }
  return all;
}

describe('a caller who may only look', () => {
  test.each(documentedCalls.filter((documented) => calls[documented].changes === undefined))(
    'is answered by %s',
    async (documented) => {
      const { status, body } = await call(reader, documented, calls[documented].said);
      // The log of a task that has not run is empty.
      const text = documented === 'GET /slave/:slave/log/:uuid';
      expect({ status, body }).toMatchObject({ status: 200, body: text ? '' : { stat: true } });
    },
  );

  test.each(documentedCalls.filter((documented) => calls[documented].changes !== undefined))(
    'is denied %s, and nothing is made or changed',
    async (documented) => {
      const before = await there();
      const { said, changes } = calls[documented];
      expect(await call(reader, documented, said)).toEqual(denied(reader.user, changes));
      expect(await there()).toEqual(before);
    },
  );
});

describe('a caller with rights in another namespace', () => {
  test.each(documentedCalls)('is denied %s, and nothing is made or changed in either', async (documented) => {
    const before = await there();
    expect(await call(stranger, documented, calls[documented].said)).toEqual(denied(stranger.user));
    expect(await there()).toEqual(before);
  });
});

/** In the words of the API: handled with HTTP 200, but not done. */
function denied(user: string, what = ''): object {
  const info = expect.stringMatching(new RegExp(`^denied: .*ser "${user}" cannot ${what}`)) as string;
  return { status: 200, body: { stat: false, info } };
}

describe('a Kubernetes token', () => {
  test('works by the rights of its service account, and the task carries its name', async () => {
    const cluster = testCluster();
    const user = `system:serviceaccount:${namespace.name}:robot`;
    await cluster.kubectl(['create', 'serviceaccount', 'robot', '-n', namespace.name]);
    const token = (await mustKubectl(cluster, ['create', 'token', 'robot', '-n', namespace.name])).trim();
    const robot = { headers: { authorization: `Bearer ${token}` } };
    const invoke = 'POST /third/interface/invoke';
    const said = { body: third };
    expect(await call(robot, invoke, said)).toEqual(denied(user));
    const role = `--role=${roleName('flow')}`;
    await cluster.kubectl([
      'create',
      'rolebinding',
      'robot',
      '-n',
      namespace.name,
      role,
      `--serviceaccount=${namespace.name}:robot`,
    ]);
    await expect
      .poll(async () => (await call(robot, invoke, said)).body, { timeout: 60_000, interval: 500 })
      .toEqual({ stat: true, uuid: third.uuid, data: 1 });
    const made: AgentTask = await client.get(agentTasks, { namespace: namespace.name, name: taskNameOf(third.uuid) });
    expect(made.metadata.annotations?.['fleetwright.io/requested-by']).toBe(user);
    expect(facade.log()).not.toContain(token);
  });

  test('that is nobody’s, or none at all, is not let in: code 10000', async () => {
    for (const headers of [{ authorization: 'Bearer nobody' }, {}, { appname: 'flow', appkey: 'wrong' }])
      expect(await call({ headers }, 'GET /group/:projectid')).toEqual({
        status: 200,
        body: { stat: false, code: 10_000, info: expect.any(String) as string },
      });
  });
});
