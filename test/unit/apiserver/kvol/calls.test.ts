import { describe, expect, test } from 'vitest';

import type { VolumeRecovery } from '../../../../crds/types/volumerecovery.ts';
import { TransportError } from '../../../../kube/errors.ts';
import { denying } from '../facade.ts';
import { kvolFacade, sampleZone, sampleZones } from './facade.ts';

const order = {
  'src-zone': 'mitaka1',
  'src-volume-type-id': '6a21db69-dc6b-4423-834c-679ae153a638',
  'src-volume-id': 'b1c8b4d8-29e2-437a-830c-a012aed39c70',
  'dst-zone': 'kilo1',
  'dst-tenant-id': 'e21dbcb88d314eefaf953c3de2aacea5',
  'dst-volume-type-id': '45856d65-9021-4702-b8a6-62d5326b8f4e',
};

function url(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `/api/kvol/${path}?${new URLSearchParams(given).toString()}`;
}

const ended: VolumeRecovery = {
  apiVersion: 'fleetwright.io/v1alpha1',
  kind: 'VolumeRecovery',
  metadata: { namespace: 'default', name: 'one', labels: { 'fleetwright.io/id': '152' } },
  spec: {
    source: { zone: 'mitaka1', volumeTypeID: order['src-volume-type-id'], volumeID: order['src-volume-id'] },
    destination: { zone: 'kilo1', tenantID: order['dst-tenant-id'], volumeTypeID: order['dst-volume-type-id'] },
  },
  status: {
    phase: 'Succeeded',
    startTime: '2018-09-11T02:37:41Z',
    completionTime: '2018-09-11T02:38:51Z',
    newVolumeID: '280f3419-2b65-46cf-8b39-6d22ce41eac9',
    sourceSVM: 'k_svm_nfs_bak',
    destinationSVM: 'k_svm_nfs',
    message: 'volume 280f3419 in zone kilo1 belongs to its tenant',
  },
};

describe('an order', () => {
  test('makes a VolumeRecovery in the name of the caller, and answers its row key', async () => {
    const { client, get, signedIn } = await kvolFacade(sampleZones);
    const { status, body, headers } = await get(url('recovery', { ...order, bootable: 'yes' }), await signedIn());
    expect({ status, body }).toEqual({ status: 200, body: { message: 'recovery volume creating ...', rowkey: 1 } });
    expect(headers['cache-control']).toBe('no-store');
    const [made] = client.objects.values();
    expect(made).toMatchObject({
      metadata: {
        namespace: 'default',
        labels: { 'fleetwright.io/id': '1' },
        annotations: { 'fleetwright.io/requested-by': 'fleetwright:console' },
      },
      spec: {
        source: { zone: 'mitaka1', volumeTypeID: order['src-volume-type-id'], volumeID: order['src-volume-id'] },
        bootable: true,
        destination: { zone: 'kilo1', tenantID: order['dst-tenant-id'], volumeTypeID: order['dst-volume-type-id'] },
      },
    });
  });

  test('is made twice by two calls, as in the original', async () => {
    const { client, get, signedIn } = await kvolFacade(sampleZones);
    const authorization = await signedIn();
    await get(url('recovery', order), authorization);
    await get(url('recovery', order), authorization);
    expect(client.objects.size).toBe(2);
  });

  test('takes ids in capitals for what they are', async () => {
    const { client, get, signedIn } = await kvolFacade(sampleZones);
    await get(url('recovery', { ...order, 'src-volume-id': order['src-volume-id'].toUpperCase() }), await signedIn());
    expect([...client.objects.values()][0]?.spec.source.volumeID).toBe(order['src-volume-id']);
  });

  test.each(['HEAD', 'POST', 'PUT', 'OPTIONS'] as const)('is not made by %s', async (method) => {
    const { app, client, signedIn } = await kvolFacade(sampleZones);
    const headers = { authorization: await signedIn() };
    const answer = await app.inject({ method, url: url('recovery', order), headers });
    expect(answer.statusCode).toBe(405);
    expect(client.calls).toEqual([]);
  });

  test.each<[query: Readonly<Record<string, string | undefined>>, message: string]>([
    [{ 'src-zone': undefined }, 'src-zone: is required'],
    [{ 'src-zone': ' ' }, 'src-zone: is required'],
    [{ 'src-volume-type-id': undefined }, 'src-volume-type-id: is required'],
    [{ 'src-volume-id': undefined }, 'src-volume-id: is required'],
    [{ 'dst-zone': undefined }, 'dst-zone: is required'],
    [{ 'dst-tenant-id': undefined }, 'dst-tenant-id: is required'],
    [{ 'dst-volume-type-id': undefined }, 'dst-volume-type-id: is required'],
    [{ 'src-volume-id': '../../etc' }, 'src-volume-id: is not an id: send it as the storage shows it'],
    [{ 'src-zone': 'a/b' }, 'src-zone: is not the name of a zone: send it as the operator calls it'],
    [{ bootable: 'true' }, 'bootable: is neither yes nor no: send one of them, or nothing, which means no'],
    [{ 'src-zone': 'liberty' }, 'src-zone: there is no zone liberty: ask the operator what the zones are called'],
    [{ 'dst-volume-type-id': 'gold' }, 'dst-volume-type-id: zone kilo1 has no volume type gold that is known here'],
    [
      { 'dst-zone': 'mitaka1', 'dst-volume-type-id': order['src-volume-type-id'] },
      'dst-zone: is the zone that the volume comes from: name another one',
    ],
  ])('is refused with %j', async (query, message) => {
    const { client, get, signedIn } = await kvolFacade(sampleZones);
    const { status, body } = await get(url('recovery', { ...order, ...query }), await signedIn());
    expect({ status, body }).toEqual({ status: 400, body: { message } });
    expect(client.objects.size).toBe(0);
  });

  test('is refused with a parameter that is sent twice', async () => {
    const { get, signedIn } = await kvolFacade(sampleZones);
    const { body } = await get(`${url('recovery', order)}&src-zone=kilo1`, await signedIn());
    expect(body).toEqual({ message: 'src-zone: is given several times: send it once' });
  });

  test('of a caller who may not is refused with 401, and tells nothing of zones', async () => {
    const { get, signedIn } = await kvolFacade([], { authorizer: denying('create volumerecoveries') });
    const { status, body } = await get(url('recovery', order), await signedIn());
    expect(status).toBe(401);
    expect(body).toEqual({ message: 'denied: fleetwright:console cannot create volumerecoveries' });
  });

  test('that the API server does not answer is a failure of ours', async () => {
    const { client, get, signedIn } = await kvolFacade(sampleZones);
    client.faults.push({ error: new TransportError('POST', new Error('reset')), done: false });
    const { status, body } = await get(url('recovery', order), await signedIn());
    expect(status).toBe(405);
    expect(body).toMatchObject({ message: expect.stringContaining('the Kubernetes API server does not answer') });
  });
});

describe('progress', () => {
  test.each([
    ['rowkey', 'abc', 'rowkey: is not a whole number from 0 on'],
    ['rowkey', '-1', 'rowkey: is not a whole number from 0 on'],
    ['limit', '-1', 'limit: is not a whole number from 1 to 1000'],
    ['limit', '0', 'limit: is not a whole number from 1 to 1000'],
    ['limit', '1.5', 'limit: is not a whole number from 1 to 1000'],
  ])('is refused with %s=%s', async (name, value, message) => {
    const { get, signedIn } = await kvolFacade(sampleZones);
    const { status, body } = await get(url('recoverylist', { [name]: value }), await signedIn());
    expect({ status, body }).toEqual({ status: 400, body: { message } });
  });

  test('of one that waits, goes on or failed says why, and has no end or volume yet', async () => {
    const { client, get, signedIn } = await kvolFacade(sampleZones);
    const { completionTime: _, newVolumeID: __, ...begun } = ended.status ?? {};
    const condition = { type: 'Ready', status: 'False', reason: 'R', message: 'why', lastTransitionTime: '' } as const;
    client.put({ ...ended, status: { ...begun, phase: 'Running', message: 'held up by this' } });
    client.put({
      ...ended,
      metadata: { ...ended.metadata, name: 'two', labels: { 'fleetwright.io/id': '153' } },
      status: { phase: 'Pending', conditions: [condition] },
    });
    const { body } = await get(url('recoverylist', {}), await signedIn());
    expect(body).toMatchObject({
      clist: [
        { status: 'WAIT', result_msg: 'why', create_end: '', new_volume_id: '', src_svm_name: '' },
        { status: 'RUNNING', result_msg: 'held up by this', create_end: '', create_start: '2018-09-11 02:37:41' },
      ],
    });
  });

  test('is of the newest five, of as many as are asked for, or of one', async () => {
    const { client, get, signedIn } = await kvolFacade(sampleZones);
    for (let id = 1; id <= 7; id += 1)
      client.put({
        ...ended,
        metadata: { ...ended.metadata, name: `n-${id}`, labels: { 'fleetwright.io/id': String(id) } },
        spec: { ...ended.spec, destination: { ...ended.spec.destination, tenantID: `tenant-${id}` } },
        status: { ...ended.status, newVolumeID: `v-${id}` },
      });
    const authorization = await signedIn();
    const ids = async (query: Readonly<Record<string, string>>): Promise<readonly unknown[]> => {
      const { body } = await get(url('recoverylist', query), authorization);
      return ((body ?? { clist: [] }) as { readonly clist: readonly { readonly new_volume_id: string }[] }).clist.map(
        ({ new_volume_id: id }) => id,
      );
    };
    expect(await ids({})).toEqual(['v-7', 'v-6', 'v-5', 'v-4', 'v-3']);
    expect(await ids({ limit: '2', rowkey: '0' })).toEqual(['v-7', 'v-6']);
    expect(await ids({ rowkey: '3' })).toEqual(['v-3']);
  });

  test('of nothing is 204 without a body, as for a row key of the other list', async () => {
    const { client, get, signedIn } = await kvolFacade(sampleZones);
    client.put(ended);
    const authorization = await signedIn();
    expect(await get(url('createlist', { rowkey: '152' }), authorization)).toMatchObject({
      status: 204,
      body: undefined,
    });
    expect(await get(url('recoverylist', { rowkey: '9' }), authorization)).toMatchObject({
      status: 204,
      body: undefined,
    });
  });
});

describe('the places of backups', () => {
  test.each([
    ['list', { zone: 'mitaka1' }, 'volume-type-id: is required'],
    ['list', { 'volume-type-id': 'gold' }, 'zone: is required'],
    ['show', { 'src-zone': 'mitaka1' }, 'src-volume-type-id: is required'],
    ['show', { 'src-zone': 'mitaka1', 'src-volume-type-id': 'x', 'dst-zone': 'a b' }, 'dst-zone: is not the name of a'],
  ])('are refused by %s with %j', async (path, query, message) => {
    const { get, signedIn } = await kvolFacade(sampleZones);
    const { status, body } = await get(url(path, query), await signedIn());
    expect(status).toBe(400);
    expect(body).toMatchObject({ message: expect.stringContaining(message) });
  });

  test.each([
    ['list', { zone: 'liberty', 'volume-type-id': 'gold' }],
    ['list', { zone: 'kilo1', 'volume-type-id': order['dst-volume-type-id'] }],
    ['show', { 'src-zone': 'mitaka1', 'src-volume-type-id': 'gold' }],
    ['show', { 'src-zone': 'mitaka1', 'src-volume-type-id': order['src-volume-type-id'], 'dst-zone': 'liberty' }],
  ])('of which there is none are 204 by %s with %j', async (path, query) => {
    const { get, signedIn } = await kvolFacade(sampleZones);
    expect(await get(url(path, query), await signedIn())).toMatchObject({ status: 204, body: undefined });
  });

  test('in one zone only, where that is asked for', async () => {
    const { get, signedIn } = await kvolFacade(sampleZones);
    const query = { 'src-zone': 'mitaka1', 'src-volume-type-id': order['src-volume-type-id'], 'dst-zone': 'kilo2' };
    const { body } = await get(url('show', query), await signedIn());
    expect(body).toMatchObject({ 'backup-detail': [{ 'dst-zone': 'kilo2' }] });
  });

  test('are told as clients mount them, an IPv6 address in brackets', async () => {
    const zone = sampleZone({ name: 'k_svm_nfs_bak', ip: '2001:db8::9' });
    const { get, signedIn } = await kvolFacade([zone]);
    const query = { 'src-zone': 'mitaka1', 'src-volume-type-id': order['src-volume-type-id'] };
    const { body } = await get(url('show', query), await signedIn());
    expect(body).toMatchObject({
      'backup-detail': [{ 'dst-path': '[2001:db8::9]:/vol01', 'src-path': '182.161.123.106:/vol01' }],
    });
  });

  test('are told to nobody who may not see zones', async () => {
    const { get, signedIn } = await kvolFacade(sampleZones, { authorizer: denying('list storagezones') });
    const query = { zone: 'mitaka1', 'volume-type-id': order['src-volume-type-id'] };
    expect((await get(url('list', query), await signedIn())).status).toBe(401);
  });
});
