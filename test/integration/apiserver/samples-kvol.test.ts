import { afterAll, beforeAll, expect, test } from 'vitest';

import { credentialManifests } from '../../../apiserver/credential/manifests.ts';
import { kvolCallers } from '../../../apiserver/kvol/callers.ts';
import { kvolKind } from '../../../apiserver/kvol/credential.ts';
import { rowKeyCounterName } from '../../../crds/labels.ts';
import { storageZones } from '../../../crds/types/storagezone.ts';
import { volumeRecoveries } from '../../../crds/types/volumerecovery.ts';
import { configMaps } from '../../../kube/builtin.ts';
import { deleteIfThere } from '../../../kube/ifthere.ts';
import { mustKubectl } from '../../cluster/kubectl.ts';
import { createNamespace, testCluster, type TestNamespace } from '../../cluster/testing.ts';
import { sampleZones } from '../../unit/apiserver/kvol/facade.ts';
import { clientForFile } from '../kube/cluster.ts';
import { launchFacade, type FacadeProcess } from './process.ts';

/** Each sample of the API's document, sent as it stands there to a facade over a real API server. */

const client = clientForFile();
const credential = kvolKind.make();
let namespace: TestNamespace;
let facade: FacadeProcess;
let token: string;

beforeAll(async () => {
  namespace = await createNamespace();
  const { name } = namespace;
  const user = `kvol-${name}`;
  const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: user };
  const items = [
    ...credentialManifests({ name, callers: kvolCallers, credential, user, namespace: name, taskNamespaces: [name] }),
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: user },
      rules: [{ apiGroups: ['fleetwright.io'], resources: ['storagezones'], verbs: ['list'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: user },
      roleRef: role,
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
    },
  ];
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await mustKubectl(testCluster(), ['apply', '--server-side', '-f', '-'], { input });
  for (const zone of sampleZones) await client.create(storageZones, zone);
  // The document's first order has the number 152.
  await client.create(configMaps, { metadata: { namespace: name, name: rowKeyCounterName }, data: { last: '151' } });
  facade = await launchFacade(testCluster().kubeconfigPath, name, { FLEETWRIGHT_KVOL_NAMESPACE: name });
  const { body } = await get('/api/token', credential.data['name'], credential.secret);
  token = (body as { readonly token: string }).token;
});

afterAll(async () => {
  await facade?.stop();
  for (const zone of sampleZones) await deleteIfThere(client, storageZones, zone);
  const user = `kvol-${namespace.name}`;
  await mustKubectl(testCluster(), ['delete', 'clusterrole,clusterrolebinding', user]);
  await namespace.remove();
});

async function get(
  path: string,
  user = 'gabianet',
  password = token,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const answer = await fetch(`${facade.url}${path}`, { headers: { authorization } });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
}

const source = 'src-zone=mitaka1&src-volume-type-id=6a21db69-dc6b-4423-834c-679ae153a638';
const destination =
  'dst-zone=kilo1&dst-tenant-id=e21dbcb88d314eefaf953c3de2aacea5' +
  '&dst-volume-type-id=45856d65-9021-4702-b8a6-62d5326b8f4e';
const origin = 'b1c8b4d8-29e2-437a-830c-a012aed39c70';

test('list', async () => {
  const query = 'zone=mitaka1&volume-type-id=6a21db69-dc6b-4423-834c-679ae153a638';
  expect(await get(`/api/kvol/list?${query}`)).toEqual({
    status: 200,
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
  expect(await get(`/api/kvol/show?${source}`)).toEqual({
    status: 200,
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
  expect(await get(`/api/kvol/${call}list?rowkey=${rowkey}`)).toEqual({ status: 204, body: undefined });
  expect(await get(`/api/kvol/${call}?${source}&${parameter}=${origin}&${destination}`)).toEqual({
    status: 200,
    body: { message, rowkey },
  });
  // As a controller that has recovered it leaves it.
  const scope = { namespace: namespace.name, labelSelector: `fleetwright.io/id=${rowkey}` };
  const [made] = (await client.list(volumeRecoveries, scope)).items;
  expect(made?.metadata.annotations).toMatchObject({ 'fleetwright.io/requested-by': `kvol-${namespace.name}` });
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
  expect(await get(`/api/kvol/${call}list?rowkey=${rowkey}`)).toEqual({ status: 200, body: { clist: [row] } });
  expect(await get(`/api/kvol/${call}list`)).toEqual({ status: 200, body: { clist: [row] } });
});

test('a caller whose Kubernetes user may do nothing is told so, and nothing is made', async () => {
  const other = kvolKind.make();
  const [secret] = credentialManifests({
    name: 'nobody',
    callers: kvolCallers,
    credential: other,
    user: `nobody-${namespace.name}`,
    namespace: namespace.name,
    taskNamespaces: [],
  });
  await mustKubectl(testCluster(), ['apply', '--server-side', '-f', '-'], { input: JSON.stringify(secret) });
  await expect.poll(async () => (await get('/api/token', other.data['name'], other.secret)).status).toBe(200);
  const { body } = await get('/api/token', other.data['name'], other.secret);
  const theirs = (body as { readonly token: string }).token;
  for (const call of [`recovery?${source}&src-volume-id=${origin}&${destination}`, 'recoverylist', `show?${source}`])
    expect((await get(`/api/kvol/${call}`, 'gabianet', theirs)).status).toBe(401);
  const { items } = await client.list(volumeRecoveries, { namespace: namespace.name });
  expect(items).toHaveLength(2);
});
