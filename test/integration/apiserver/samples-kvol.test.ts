import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { signToken, tokenLasts } from '../../../apiserver/kvol/token.ts';
import { rowKeyCounterName } from '../../../crds/labels.ts';
import { storageZones } from '../../../crds/types/storagezone.ts';
import { volumeRecoveries } from '../../../crds/types/volumerecovery.ts';
import { configMaps } from '../../../kube/builtin.ts';
import { deleteIfThere } from '../../../kube/ifthere.ts';
import { createNamespace, testCluster, type TestNamespace } from '../../cluster/testing.ts';
import { sampleZones } from '../../unit/apiserver/kvol/facade.ts';
import { clientForFile } from '../kube/cluster.ts';
import { KvolCaller } from './kvol-caller.ts';
import { launchFacade, type FacadeProcess } from './process.ts';

/*
 * Each sample of the API's document, sent as it stands there to a facade over a real API server; and who is let in, and
 * what is said to whom, over the same.
 */

const client = clientForFile();
let namespace: TestNamespace;
let facade: FacadeProcess;
/** May do all that the API offers; only look; nothing. */
let caller: KvolCaller;
let reader: KvolCaller;
let nobody: KvolCaller;

beforeAll(async () => {
  namespace = await createNamespace();
  const { name } = namespace;
  for (const zone of sampleZones) await client.create(storageZones, zone);
  // The document's first order has the number 152.
  await client.create(configMaps, { metadata: { namespace: name, name: rowKeyCounterName }, data: { last: '151' } });
  const url = (): string => facade.url;
  caller = await KvolCaller.open(url, name);
  reader = await KvolCaller.open(url, name, 'reading');
  nobody = await KvolCaller.open(url, name, 'none');
  facade = await launchFacade(testCluster().kubeconfigPath, name);
});

afterAll(async () => {
  await facade?.stop();
  for (const zone of sampleZones) await deleteIfThere(client, storageZones, zone);
  for (const each of [caller, reader]) await each?.close();
  await namespace.remove();
});

const json = 'application/json; charset=utf-8';
const nothing = { status: 204, type: '', body: undefined };

const source = 'src-zone=mitaka1&src-volume-type-id=6a21db69-dc6b-4423-834c-679ae153a638';
const destination =
  'dst-zone=kilo1&dst-tenant-id=e21dbcb88d314eefaf953c3de2aacea5' +
  '&dst-volume-type-id=45856d65-9021-4702-b8a6-62d5326b8f4e';
const origin = 'b1c8b4d8-29e2-437a-830c-a012aed39c70';

test('list', async () => {
  const query = 'zone=mitaka1&volume-type-id=6a21db69-dc6b-4423-834c-679ae153a638';
  expect(await caller.get(`/api/kvol/list?${query}`)).toEqual({
    status: 200,
    type: json,
    body: {
      backup: [
        {
          cluster_ip: '182.161.123.103',
          name: 'vol01',
          seq: 2,
          svm_ip: '182.161.123.109',
          svm_name: 'k_svm_nfs_bak',
          zone_id: 'kilo1',
        },
        {
          cluster_ip: '182.161.123.103',
          name: 'vol01',
          seq: 4,
          svm_ip: '182.161.123.120',
          svm_name: 'k_svm_nfs_bak2',
          zone_id: 'kilo2',
        },
      ],
    },
  });
});

test('show', async () => {
  const from = {
    'src-path': '182.161.123.106:/vol01',
    'src-svm-name': 'm_svm_nfs',
    'src-vol-type-id': '6a21db69-dc6b-4423-834c-679ae153a638',
    'src-zone': 'mitaka1',
    status: 'active',
  };
  expect(await caller.get(`/api/kvol/show?${source}`)).toEqual({
    status: 200,
    type: json,
    body: {
      'backup-detail': [
        { 'dst-path': '182.161.123.109:/vol01', 'dst-svm-name': 'k_svm_nfs_bak', 'dst-zone': 'kilo1', ...from },
        { 'dst-path': '182.161.123.120:/vol01', 'dst-svm-name': 'k_svm_nfs_bak2', 'dst-zone': 'kilo2', ...from },
      ],
    },
  });
});

test.each([
  ['create', 'src-snapshot-id', 'snapshot volume creating ...', 'org_snapshot_id', 152],
  ['recovery', 'src-volume-id', 'recovery volume creating ...', 'org_volume_id', 153],
] as const)('%s, and its list', async (call, parameter, message, field, rowkey) => {
  expect(await caller.get(`/api/kvol/${call}list?rowkey=${rowkey}`)).toEqual(nothing);
  expect(await caller.get(`/api/kvol/${call}?${source}&${parameter}=${origin}&${destination}`)).toEqual({
    status: 200,
    type: json,
    body: { message, rowkey },
  });
  // As a controller that has recovered it leaves it.
  const scope = { namespace: namespace.name, labelSelector: `fleetwright.io/id=${rowkey}` };
  const [made] = (await client.list(volumeRecoveries, scope)).items;
  expect(made?.metadata.annotations).toMatchObject({ 'fleetwright.io/requested-by': caller.user });
  const status = {
    phase: 'Succeeded',
    startTime: '2018-09-11T02:37:41Z',
    completionTime: '2018-09-11T02:38:51Z',
    newVolumeID: '280f3419-2b65-46cf-8b39-6d22ce41eac9',
    sourceSVM: 'k_svm_nfs_bak',
    destinationSVM: 'k_svm_nfs',
  };
  const key = { namespace: namespace.name, name: made?.metadata.name ?? '' };
  await client.mergePatch(volumeRecoveries, key, { status }, { subresource: 'status' });
  const row = {
    create_end: '2018-09-11 02:38:51',
    create_start: '2018-09-11 02:37:41',
    dst_svm_name: 'k_svm_nfs',
    dst_zone_id: 'kilo1',
    new_volume_id: '280f3419-2b65-46cf-8b39-6d22ce41eac9',
    [field]: origin,
    org_zone_id: 'mitaka1',
    result_msg: 'OK',
    src_svm_name: 'k_svm_nfs_bak',
    src_zone_id: 'kilo1',
    status: 'SUCCESS',
  };
  expect(await caller.get(`/api/kvol/${call}list?rowkey=${rowkey}`)).toEqual({
    status: 200,
    type: json,
    body: { clist: [row] },
  });
  expect(await caller.get(`/api/kvol/${call}list`)).toEqual({ status: 200, type: json, body: { clist: [row] } });
});

/** How many orders there are. */
async function orders(): Promise<number> {
  return (await client.list(volumeRecoveries, { namespace: namespace.name })).items.length;
}

const order = `${source}&src-volume-id=${origin}&${destination}`;

describe('a caller', () => {
  test('gets a token for name and key, and none for anything else', async () => {
    const { name, key } = caller;
    expect(await caller.getAs(`${name}:${key}`, '/api/token')).toEqual({
      status: 200,
      type: json,
      body: { token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/), expires: tokenLasts },
    });
    const message = 'name and key are not those of a credential: ask the operator';
    expect(await caller.getAs(`${name}:${key}x`, '/api/token')).toEqual({ status: 401, type: json, body: { message } });
  });

  test('without a token is let in by none of the calls', async () => {
    for (const call of calls)
      expect(await caller.send(`/api/kvol/${call}`, {})).toEqual({
        status: 401,
        type: json,
        body: { message: expect.stringContaining('a token is required: get one from /api/token') },
      });
  });

  // One call for each: many failures from one address are turned away.
  test.each([
    ['name and key in place of a token', () => `${caller.name}:${caller.key}`, 'a token is required'],
    ['a token that is none', () => 'gabianet:a.b.c', 'the token is not valid: get one from /api/token'],
    ['one that has expired', () => `gabianet:${expired()}`, 'the token has expired: get a new one from /api/token'],
  ])('with %s is not let in', async (_what, shown, message) => {
    const before = await orders();
    expect(await caller.getAs(shown(), `/api/kvol/recovery?${order}`)).toEqual({
      status: 401,
      type: json,
      body: { message: expect.stringContaining(message) },
    });
    expect(await orders()).toBe(before);
  });

  test('whose Kubernetes user may do nothing is told so by each of the calls, and nothing is made', async () => {
    const before = await orders();
    for (const call of calls)
      expect(await nobody.get(`/api/kvol/${call}`)).toEqual({
        status: 401,
        type: json,
        body: { message: expect.stringMatching(new RegExp(`${nobody.user}"? cannot (create|list)`)) },
      });
    expect(await orders()).toBe(before);
  });

  test('who may only look is shown all there is, and orders nothing', async () => {
    const before = await orders();
    const statuses = await Promise.all(calls.map(async (call) => (await reader.get(`/api/kvol/${call}`)).status));
    expect(statuses).toEqual([200, 200, 401, 200, 401, 200]);
    expect(await orders()).toBe(before);
  });

  test.each(['HEAD', 'POST', 'DELETE'])('orders nothing by %s', async (method) => {
    const before = await orders();
    const headers = basic(`gabianet:${await caller.token()}`);
    for (const call of calls)
      expect(await caller.send(`/api/kvol/${call}`, { method, headers })).toMatchObject({ status: 405 });
    expect(await orders()).toBe(before);
  });
});

/** The six, with what they need. */
const calls = [
  'list?zone=mitaka1&volume-type-id=6a21db69-dc6b-4423-834c-679ae153a638',
  `show?${source}`,
  `create?${order.replace('src-volume-id', 'src-snapshot-id')}`,
  'createlist',
  `recovery?${order}`,
  'recoverylist',
];

function basic(text: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` };
}

function expired(): string {
  return signToken(caller.name, Buffer.from(caller.key), Math.floor(Date.now() / 1000) - tokenLasts);
}

test.each([
  ['list', 'zone: is required'],
  ['list?zone=mitaka1', 'volume-type-id: is required'],
  ['list?zone=Mitaka%201&volume-type-id=gold', 'zone: is not the name of a zone'],
  ['show?src-zone=mitaka1', 'src-volume-type-id: is required'],
  [`show?${source}&dst-zone=a/b`, 'dst-zone: is not the name of a zone'],
  [`create?${order}`, 'src-snapshot-id: is required'],
  [`recovery?${source}&${destination}`, 'src-volume-id: is required'],
  [`recovery?${order}&bootable=true`, 'bootable: is neither yes nor no'],
  [`recovery?${order}&dst-zone=kilo1`, 'dst-zone: is given several times'],
  [`recovery?${order.replace('dst-zone=kilo1', 'dst-zone=liberty')}`, 'dst-zone: there is no zone liberty'],
  [`recovery?${order.replace(origin, '..%2F..%2Fetc')}`, 'src-volume-id: is not an id'],
  ['createlist?rowkey=x', 'rowkey: is not a whole number'],
  ['recoverylist?limit=0', 'limit: is not a whole number from 1 to 1000'],
])('%s is answered in the words of the API, and nothing is made', async (call, message) => {
  const before = await orders();
  expect(await caller.get(`/api/kvol/${call}`)).toEqual({
    status: 400,
    type: json,
    body: { message: expect.stringContaining(message) },
  });
  expect(await orders()).toBe(before);
});
