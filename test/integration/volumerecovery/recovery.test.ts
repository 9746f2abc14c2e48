import { readdir } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { kvolKind } from '../../../apiserver/kvol/credential.ts';
import { kvolCallers } from '../../../apiserver/kvol/callers.ts';
import { credentialManifests } from '../../../apiserver/credential/manifests.ts';
import { backupZoneLabel } from '../../../crds/labels.ts';
import { volumeRecoveries } from '../../../crds/types/volumerecovery.ts';
import { configMaps } from '../../../kube/builtin.ts';
import { cinderAvailable } from '../../cinder/available.ts';
import type { TwoZones } from '../../cinder/two-zones.ts';
import { contentOf, fileOf, makeSource, tenant, ZoneApi, type Source } from '../../cinder/zone-api.ts';
import { mustKubectl } from '../../cluster/kubectl.ts';
import { createNamespace, testCluster, type TestNamespace } from '../../cluster/testing.ts';
import { crashAtEveryStep, type Running } from '../../harness/crash.ts';
import { variants } from '../../harness/matrix.ts';
import { until } from '../../harness/wait.ts';
import { launchFacade, type FacadeProcess } from '../apiserver/process.ts';
import { clientForFile } from '../kube/cluster.ts';
import { realScenario } from './real-scenario.ts';
import { openTwoZones, startControllers } from './zones.ts';

const available = await cinderAvailable();
if (!available.ok) console.log(`skipped: ${available.reason}`);

/** To whom volumes are handed. */
const customer = 'cccccccccccccccccccccccccccccccc';

interface Row {
  readonly status: string;
  readonly result_msg: string;
  readonly new_volume_id: string;
}

describe.skipIf(!available.ok)('with two real zones', { timeout: 600_000 }, () => {
  const client = clientForFile();
  const credential = kvolKind.make();
  let zones: TwoZones;
  let namespace: TestNamespace;
  let controllers: Running;
  let facade: FacadeProcess;
  let source: Source;
  let trap: string;
  let token: string;

  beforeAll(async () => {
    namespace = await createNamespace();
    const { name } = namespace;
    const manifests = credentialManifests({
      name: 'console',
      callers: kvolCallers,
      credential,
      user: `console-${name}`,
      namespace: name,
      taskNamespaces: [name],
    });
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
    await mustKubectl(testCluster(), ['apply', '--server-side', '-f', '-'], { input });
    facade = await launchFacade(testCluster().kubeconfigPath, name, { FLEETWRIGHT_KVOL_NAMESPACE: name });
    zones = await openTwoZones(client, name);
    controllers = await startControllers(client, { namespace: name, systemNamespace: name });
    source = await makeSource(zones.a, zones.typeA);
    trap = await backUpALayer();
    await until(client, configMaps, { namespace: name }, (objects) => {
      const entries = objects.filter(({ metadata }) => metadata.labels?.[backupZoneLabel] === zones.a.name);
      return entries.length === 2 ? entries : undefined;
    });
    ({ token } = (await call('/api/token', credential.data['name'] ?? '', credential.secret)) as { token: string });
    await zones.a.kill();
  }, 600_000);

  afterAll(async () => {
    await controllers?.stop();
    await facade?.stop();
    await zones?.end();
    await namespace.remove();
  });

  /** A volume that has a snapshot: what Cinder then backs up of it is the layer on top. @returns its id */
  async function backUpALayer(): Promise<string> {
    const api = new ZoneApi(zones.a, tenant);
    const volume = await api.make('/volumes', 'volume', { name: 'layered', size: 1, volume_type: zones.typeA });
    await api.available(`/volumes/${volume.id}`, 'volume');
    const snapshot = await api.make('/snapshots', 'snapshot', { volume_id: volume.id, name: 'before' });
    await api.available(`/snapshots/${snapshot.id}`, 'snapshot');
    const backup = await api.make('/backups', 'backup', { volume_id: volume.id, name: 'of a layer' });
    await api.available(`/backups/${backup.id}`, 'backup');
    return volume.id;
  }

  async function call(path: string, user = 'gabianet', password = token): Promise<unknown> {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const answer = await fetch(`${facade.url}${path}`, { headers: { authorization } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Orders a volume and waits for the end, by REST alone. */
  async function recovered(volumeID: string, bootable: string): Promise<Row> {
    const query = new URLSearchParams({
      'src-zone': zones.a.name,
      'src-volume-type-id': zones.typeA,
      'src-volume-id': volumeID,
      bootable,
      'dst-zone': zones.b.name,
      'dst-tenant-id': customer,
      'dst-volume-type-id': zones.typeB,
    });
    const { rowkey } = (await call(`/api/kvol/recovery?${query.toString()}`)) as { readonly rowkey: number };
    const row = async (): Promise<Row | undefined> =>
      ((await call(`/api/kvol/recoverylist?rowkey=${rowkey}`)) as { readonly clist: readonly Row[] }).clist[0];
    await expect
      .poll(async () => (await row())?.status, { timeout: 240_000, interval: 1000 })
      .toMatch(/^(SUCCESS|FAIL)$/);
    return (await row()) ?? { status: 'gone', result_msg: '', new_volume_id: '' };
  }

  test("a volume whose zone was killed is brought back with its bytes, once, and is its tenant's", async () => {
    const files = await readdir(zones.backups, { recursive: true });
    const row = await recovered(source.volumeID, 'yes');
    expect(row).toMatchObject({ status: 'SUCCESS', result_msg: 'OK' });
    const volume = await new ZoneApi(zones.b, customer).get(`/volumes/${row.new_volume_id}`, 'volume');
    expect(volume).toMatchObject({
      size: 1,
      status: 'available',
      volume_type: 'silver',
      bootable: 'true',
      'os-vol-tenant-attr:tenant_id': customer,
    });
    expect(await contentOf(fileOf(zones.b, row.new_volume_id), source.content)).toEqual(source.content);
    expect(await new ZoneApi(zones.b).list('/volumes?all_tenants=1', 'volumes')).toHaveLength(1);
    // Nothing of the backup was touched, and its record is still known.
    expect(await readdir(zones.backups, { recursive: true })).toEqual(files);
    const backup = await new ZoneApi(zones.b).get(`/backups/${source.backupID}`, 'backup');
    expect(backup).toMatchObject({ status: 'available' });
  });

  test('controllers that die while Cinder works make one volume, whoever of them hands it over', async () => {
    const scenario = realScenario(client, { zones, source, catalogueIn: namespace.name, tenantID: customer });
    const only = variants(['zone.createVolume', 'zone.restore', 'zone.acceptTransfer'], ['zone.restore']);
    expect(await crashAtEveryStep(scenario, { client, only, moments: ['after'], parallel: 1 })).toContain(
      'zone.restore',
    );
  });

  test('a backup that is not the whole volume is handed to nobody, and deleting the order leaves nothing', async () => {
    const row = await recovered(trap, 'no');
    expect(row).toMatchObject({ status: 'FAIL', new_volume_id: '' });
    expect(row.result_msg).toMatch(/^backup \S+ holds 1 blocks of 33554432 bytes, and a volume of 1 GiB has 32/);
    const { items } = await client.list(volumeRecoveries, { namespace: namespace.name });
    const failed = items.find(({ status }) => status?.phase === 'Failed');
    await client.delete(volumeRecoveries, { namespace: namespace.name, name: failed?.metadata.name ?? '' });
    await until(client, volumeRecoveries, { namespace: namespace.name }, (left) =>
      left.length === 1 ? left : undefined,
    );
    // Those of the orders before are their tenant's.
    await expect
      .poll(async () => {
        const volumes = await new ZoneApi(zones.b).list('/volumes/detail?all_tenants=1', 'volumes');
        return volumes.filter((volume) => volume['os-vol-tenant-attr:tenant_id'] !== customer);
      })
      .toEqual([]);
    expect(await new ZoneApi(zones.b).list('/backups?all_tenants=1', 'backups')).toHaveLength(2);
  });
});
