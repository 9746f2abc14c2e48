import { request } from 'node:http';

import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';

import { accessManifests, credentialManifests } from '../../../apiserver/credential/manifests.ts';
import { secureKeyKind } from '../../../apiserver/auth/secure-key.ts';
import { stageCallers } from '../../../apiserver/stage/callers.ts';
import { clusterStages } from '../../../crds/types/clusterstage.ts';
import { nodes } from '../../../kube/builtin.ts';
import { csiStorageCapacities, persistentVolumes } from '../../../kube/storage.ts';
import { pods } from '../../../kube/workloads.ts';
import { until } from '../../harness/wait.ts';
import { launchFacade, type FacadeProcess } from '../apiserver/process.ts';
import { applyManifests } from '../apiserver/credentials.ts';
import { apply, isGone, stageCluster, stands, systemNamespace } from './cluster.ts';
import { stageControllers } from './controllers.ts';
import { service } from './nodes.ts';
import { wrongCalls } from './wrong-calls.ts';

const cluster = stageCluster({ scheduler: false });
stageControllers(cluster);
const [key, readerKey, strangerKey] = [secureKeyKind.make(), secureKeyKind.make(), secureKeyKind.make()];
const bot = `system:serviceaccount:${systemNamespace}:bot`;
let facade: FacadeProcess;

beforeAll(async () => {
  const { plane } = cluster;
  const common = { callers: stageCallers, namespace: systemNamespace, taskNamespaces: [] };
  const stranger = { ...common, name: 'stranger', credential: strangerKey, user: 'stranger' };
  await applyManifests(
    [
      ...credentialManifests({ ...common, name: 'operator', credential: key, user: 'operator' }),
      ...credentialManifests({ ...common, name: 'reader', credential: readerKey, user: 'reader', readOnly: true }),
      // Known, and without any right.
      ...credentialManifests(stranger).filter(({ kind }) => kind === 'Secret'),
      // Known to Kubernetes.
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: systemNamespace, name: 'bot' } },
      ...accessManifests({ ...common, name: 'bot', user: bot, readOnly: true }),
    ],
    plane,
  );
  facade = await launchFacade(plane.kubeconfigPath, systemNamespace, {
    FLEETWRIGHT_STAGE_CLUSTER_NAME: 'site-1',
    FLEETWRIGHT_STAGE_NODE: 'node-c',
  });
}, 180_000);
afterAll(async () => {
  await facade?.stop();
});

interface Answer {
  readonly status: number;
  readonly body: {
    readonly msg: string;
    readonly entity: readonly unknown[];
    readonly stage_info: { readonly stage: string; readonly data: string; readonly proc: unknown } | null;
    readonly statuses: string;
    readonly return: string;
  };
}

/** A call as the document writes it: `secure-key` and `argument`. */
async function call(path: string, argument?: object, secureKey: string = key.secret): Promise<Answer> {
  return send(path, { 'secure-key': secureKey, ...(argument === undefined ? {} : { argument }) });
}

async function send(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const answer = await fetch(`${facade.url}/cluster/stage/${path}`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}

/** As if the facade were called so: fetch lets nobody say that. */
async function callAt(host: string, path: string, argument: object): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const options = { method: 'POST', headers: { host } };
  request(`${facade.url}/cluster/stage/${path}`, options, (answer) => answer.resume().once('end', resolve))
    .once('error', reject)
    .end(JSON.stringify({ 'secure-key': key.secret, argument }));
  await promise;
}

const fields = ['msg', 'entity', 'stage_info', 'statuses', 'return'];
const idle = { stage: 'running', data: '', proc: null };

test('the samples of the document are answered as it says', async () => {
  const list = await call('list', { Scope: 'cluster' });
  expect(Object.keys(list.body)).toEqual(fields);
  expect(list).toEqual({
    status: 200,
    body: {
      msg: 'Getting the stage list has succeeded',
      entity: ['running', 'support', 'upgrading', 'booting', 'initializing', 'expanding'],
      stage_info: idle,
      statuses: expect.stringContaining('CLST_STAGE_LIST_OK'),
      return: 'true',
    },
  });
  expect((await call('get', { Scope: 'cluster' })).body).toMatchObject({
    msg: 'Getting the stage has succeeded',
    entity: [{ stage: 'running', data: '' }],
    stage_info: idle,
    return: 'true',
  });

  // A pod that holds up the drain, so that it can be looked at.
  const { client } = cluster;
  await client.create(pods, {
    metadata: { namespace: 'default', name: 'guest', finalizers: ['example.com/held'] },
    spec: { nodeName: 'node-a', containers: [{ name: 'main', image: 'none' }] },
  });
  await apply(client, 'node-a', { stage: 'running', drain: { force: true } });
  const argument = { Stage: 'support', Scope: 'node', Data: 'a new disk', Node: 'node-a' };
  expect(await call('set', argument)).toEqual({
    status: 200,
    body: {
      msg: 'Setting the stage has succeeded: node: support',
      entity: [{ stage: 'support', data: 'a new disk' }],
      // None before the controllers have looked.
      stage_info: { stage: 'support', data: 'node', proc: expect.toBeOneOf([null, expect.anything()]) },
      statuses: expect.stringContaining('CLST_STAGE_SET_OK'),
      return: 'true',
    },
  });
  await stands(client, 'node-a', 'Draining');
  await expect
    .poll(async () => (await call('get', { Scope: 'node', Node: 'node-a' })).body)
    .toMatchObject({
      entity: [{ stage: 'support', data: 'a new disk' }],
      stage_info: {
        stage: 'support',
        data: 'node',
        proc: {
          total_rate: 50,
          nodes: [{ name: 'node-a', proc_rate: 0, curr_proc: 'drain', completed: ['claim', 'cordon'] }],
        },
      },
      return: 'true',
    });
  const made = await client.get(clusterStages, { name: 'node-a' });
  expect(made.metadata.annotations?.['fleetwright.io/operations']).toContain('"user":"operator"');
  await client.mergePatch(pods, { namespace: 'default', name: 'guest' }, { metadata: { finalizers: null } });
  await stands(client, 'node-a', 'OutOfService');
  await expect
    .poll(async () => (await call('info', {})).body.stage_info)
    .toEqual({
      stage: 'support',
      data: 'node',
      proc: null,
    });
  await call('set', { Stage: 'running', Node: 'node-a' });
  await stands(client, 'node-a', 'Running');
  expect(await service(cluster, 'node-a')).toMatchObject({
    unschedulable: false,
    annotations: {},
  });
});

test('info tells of the cluster, and a stage of the whole cluster is made and taken back', async () => {
  const { client } = cluster;
  await client.mergePatch(
    nodes,
    { name: 'node-a' },
    { status: { capacity: { 'ephemeral-storage': '100Ti' } } },
    {
      subresource: 'status',
    },
  );
  await call('set', { Stage: 'support', Scope: 'cluster' });
  await stands(client, 'cluster', 'OutOfService');
  await expect
    .poll(async () => (await call('info', {})).body)
    .toMatchObject({
      msg: 'Getting the stage info has succeeded',
      entity: [
        {
          Name: 'site-1',
          Stage: 'support',
          Status_Msg: 'SUPPORT',
          Total_Capacity: '100T',
          Usage_Capacity: '0',
          Management: ['running'],
        },
      ],
      stage_info: { stage: 'support', data: '' },
      return: 'true',
    });
  await call('set', { Stage: 'running', Scope: 'cluster' });
  await stands(client, 'cluster', 'Running');
  // The facade hears of it by a watch of its own.
  await expect
    .poll(async () => (await call('info')).body.entity)
    .toMatchObject([{ Stage: 'running', Management: expect.arrayContaining(['support']) }]);
});

test('where drivers tell what they can still give, the storage is that, with the volumes that are bound', async () => {
  const { client, plane } = cluster;
  const common = { storageClassName: 'fast', accessModes: ['ReadWriteOnce'] };
  const storage = '1Ti';
  await applyManifests(
    [
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: 'bound' },
        spec: { ...common, capacity: { storage }, hostPath: { path: '/none' } },
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { namespace: 'default', name: 'bound' },
        spec: { ...common, volumeName: 'bound', resources: { requests: { storage } } },
      },
    ],
    plane,
  );
  await until(client, persistentVolumes, { namespace: '', name: 'bound' }, ([one]) =>
    one?.status?.phase === 'Bound' ? true : undefined,
  );
  await client.create(csiStorageCapacities, {
    metadata: { namespace: 'default', name: 'fast-a' },
    storageClassName: 'fast',
    nodeTopology: { matchLabels: { pool: 'a' } },
    capacity: '9Ti',
  });
  // Told of at the next look, which a changed node brings on.
  await vi.waitFor(
    async () => {
      const labels = { looked: String(Date.now()) };
      await client.mergePatch(nodes, { name: 'node-b' }, { metadata: { labels } });
      const [entity] = (await call('info', {})).body.entity;
      expect(entity).toMatchObject({ Total_Capacity: '10T', Usage_Capacity: '1T' });
    },
    { timeout: 60_000, interval: 1000 },
  );
  await client.delete(csiStorageCapacities, { namespace: 'default', name: 'fast-a' });
});

test('the original’s own clients are answered as it answered them', async () => {
  const { client, plane } = cluster;
  const original = await launchFacade(plane.kubeconfigPath, systemNamespace, {
    FLEETWRIGHT_STAGE_MODE: 'original',
    FLEETWRIGHT_STAGE_CLUSTER_NAME: 'site-1',
  });
  onTestFinished(async () => void (await original.stop()));
  const ask = async (path: string, body: string): Promise<unknown> => {
    const headers = { cookie: `gms_token=${key.secret}`, 'accept-language': 'ko-KR' };
    return (await fetch(`${original.url}/api/cluster/stage/${path}`, { method: 'POST', headers, body })).json();
  };
  const status = { category: 'STAGE', level: 'INFO', scope: 'cluster', type: 'API', details: null };
  const told = { ...status, time: expect.any(Number), msgargs: expect.any(Array) };
  const set = '스테이지를 설정했습니다: node: support';
  const Data = { node: 'node-b', why: ['a new disk'] };
  expect(await ask('set', JSON.stringify({ Stage: 'support', Data }))).toEqual({
    success: true,
    return: 'true',
    msg: set,
    entity: { stage: 'support', data: Data },
    statuses: [{ ...told, code: 'CLST_STAGE_SET_OK', message: set }],
    stage_info: { stage: 'support', data: 'node', proc: expect.toBeOneOf([null, expect.anything()]) },
  });
  await stands(client, 'node-b', 'OutOfService');
  await expect
    .poll(() => ask('get', JSON.stringify({ Scope: 'node-b' })))
    .toMatchObject({
      success: true,
      entity: { stage: 'support', data: Data },
      statuses: [{ ...told, code: 'CLST_STAGE_GET_OK', message: '스테이지를 가져왔습니다.' }],
      stage_info: { stage: 'support', data: 'node', proc: null },
    });
  expect(await ask('list', JSON.stringify({ Scope: 'cluster' }))).toMatchObject({
    entity: expect.arrayContaining(['running', 'support']),
    count: expect.any(Number),
  });
  expect(await ask('info', 'lang=ko')).toMatchObject({
    success: true,
    msg: '스테이지 정보를 가져왔습니다.',
    entity: { Name: 'site-1', Stage: 'running', Status_Msg: 'RUNNING', Total_Capacity: expect.stringMatching(/iB$/) },
  });
  expect(await ask('set', JSON.stringify({ Stage: 'running', Scope: 'node-b' }))).toMatchObject({ success: true });
  await stands(client, 'node-b', 'Running');
  await client.delete(clusterStages, { name: 'node-b' });
  await isGone(client, 'node-b');
});

test('a node is meant by its name, by Data, by the Host of the call, or else it is that of the facade', async () => {
  for (const [argument, node, host] of [
    [{ Node: 'node-b' }, 'node-b', 'node-a'],
    [{ Data: { node: 'node-a' } }, 'node-a', 'node-b'],
    [{}, 'node-b', 'node-b:8080'],
    [{}, 'node-c', 'fleetwright.example.com'],
  ] as const) {
    await callAt(host, 'set', { Stage: 'booting', ...argument });
    const found = await until(cluster.client, clusterStages, { namespace: '', name: node }, ([one]) => one);
    expect(found.spec.stage).toBe('booting');
    await cluster.client.delete(clusterStages, { name: node });
    await isGone(cluster.client, node);
  }
});

describe('a call that cannot be done says so in the words of the API, and changes nothing:', () => {
  const keys = { caller: key.secret, reader: readerKey.secret, stranger: strangerKey.secret };

  test.each(wrongCalls(keys))('%s', async (_, path, body, status, msg) => {
    const before = (await cluster.client.list(clusterStages)).items.map(({ spec }) => spec);
    const answer = await send(path, body);
    expect(Object.keys(answer.body)).toEqual(fields);
    expect(answer).toEqual({
      status,
      body: {
        msg: expect.stringMatching(msg),
        entity: [],
        stage_info: null,
        statuses: expect.stringContaining('FAILURE'),
        return: 'false',
      },
    });
    expect((await cluster.client.list(clusterStages)).items.map(({ spec }) => spec)).toEqual(before);
  });
});

test('a caller who may look does, a token of Kubernetes is a key too, and a call is safe to repeat', async () => {
  const { client, plane } = cluster;
  expect((await call('get', { Scope: 'cluster' }, readerKey.secret)).body.return).toBe('true');
  const token = (await plane.kubectl(['create', 'token', 'bot', '-n', systemNamespace])).stdout.trim();
  const byToken = await send('get', { argument: { Scope: 'cluster' } }, { authorization: `Bearer ${token}` });
  expect(byToken.body).toMatchObject({ return: 'true' });

  await call('set', { Stage: 'support', Scope: 'node', Node: 'node-b' });
  const first = await client.get(clusterStages, { name: 'node-b' });
  expect(first.metadata.annotations?.['fleetwright.io/requested-by']).toBe('operator');
  await call('set', { Stage: 'support', Scope: 'node', Node: 'node-b' });
  await stands(client, 'node-b', 'OutOfService');
  expect((await client.get(clusterStages, { name: 'node-b' })).spec).toEqual(first.spec);
  await client.delete(clusterStages, { name: 'node-b' });
  await isGone(client, 'node-b');
});
