import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { backupZoneLabel } from '../../../crds/labels.ts';
import { volumeRecoveries } from '../../../crds/types/volumerecovery.ts';
import { configMaps } from '../../../kube/builtin.ts';
import { cinderAvailable } from '../../cinder/available.ts';
import type { TwoZones } from '../../cinder/two-zones.ts';
import {
  backUp,
  contentOf,
  fileOf,
  makeSnapshot,
  makeSource,
  makeVolume,
  ZoneApi,
  type FilledVolume,
  type Source,
} from '../../cinder/zone-api.ts';
import { createNamespace, testCluster, type TestNamespace } from '../../cluster/testing.ts';
import { crashAtEveryStep } from '../../harness/crash.ts';
import { amount, patience, variants } from '../../harness/matrix.ts';
import { until } from '../../harness/wait.ts';
import { Random } from '../../harness/world/random.ts';
import { KvolCaller } from '../apiserver/kvol-caller.ts';
import { launchFacade, type FacadeProcess } from '../apiserver/process.ts';
import { clientForFile } from '../kube/cluster.ts';
import { ControllersProcess } from '../stack/controllers-process.ts';
import { killAtRandom } from '../stack/kills.ts';
import { realScenario } from './real-scenario.ts';
import { VolumeOrders } from './orders.ts';
import { openTwoZones } from './zones.ts';

const available = await cinderAvailable();
if (!available.ok) console.log(`skipped: ${available.reason}`);

const kills = amount(1, 10);
/** So that a kill falls into each part of a recovery: of one that is killed thrice, into later ones too. */
const mostPerOrder = 3;

/** To whom volumes are handed. */
const customer = 'cccccccccccccccccccccccccccccccc';

/** What is so with an order. */
const standings: Readonly<Record<string, 'ahead' | 'under way'>> = { WAIT: 'ahead', RUNNING: 'under way' };

describe.skipIf(!available.ok)('with two real zones', { timeout: 600_000 }, () => {
  const client = clientForFile();
  let zones: TwoZones;
  let namespace: TestNamespace;
  let controllers: ControllersProcess;
  let facade: FacadeProcess;
  let source: Source;
  /** Its newest backup is not the whole of it; that of its snapshot is. */
  let layered: FilledVolume;
  let snapshotID: string;
  let caller: KvolCaller;
  let orders: VolumeOrders;
  let stateFolder: string;

  beforeAll(async () => {
    namespace = await createNamespace();
    const { name } = namespace;
    caller = await KvolCaller.open(() => facade.url, name);
    facade = await launchFacade(testCluster().kubeconfigPath, name);
    zones = await openTwoZones(client, name);
    orders = new VolumeOrders(caller, zones, customer);
    stateFolder = await mkdtemp(join(tmpdir(), 'fleetwright-state-'));
    controllers = new ControllersProcess({
      kubeconfigPath: testCluster().kubeconfigPath,
      systemNamespace: name,
      watchNamespace: name,
      stateFolder,
      maxRuns: 1,
      leaseSeconds: 10,
      flags: { 'zone-probe-seconds': '1' },
      onUnexpectedEnd(error) {
        throw error;
      },
    });
    await controllers.start();
    source = await makeSource(zones.a, zones.typeA);
    layered = await makeVolume(zones.a, zones.typeA);
    snapshotID = await makeSnapshot(zones.a, layered.volumeID);
    // What Cinder backs up of a volume that has a snapshot is the layer on top.
    await backUp(zones.a, { volume_id: layered.volumeID, name: 'of a layer' });
    await until(client, configMaps, { namespace: name }, (objects) => {
      const entries = objects.filter(({ metadata }) => metadata.labels?.[backupZoneLabel] === zones.a.name);
      return entries.length === 3 ? entries : undefined;
    });
    await zones.a.kill();
  }, 600_000);

  afterAll(async () => {
    await controllers?.stop();
    await facade?.stop();
    await caller?.close();
    await zones?.end();
    await namespace.remove();
    await rm(stateFolder, { recursive: true, force: true });
  });

  /** The names of all files of the store: what was deleted would be missing. */
  async function backupFiles(): Promise<readonly string[]> {
    return (await readdir(zones.backups, { recursive: true })).toSorted();
  }

  test("a volume whose zone was killed is brought back with its bytes, once, and is its tenant's", async () => {
    const files = await backupFiles();
    const row = await orders.ended('recovery', await orders.recover(source.volumeID, 'yes'));
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
    expect(await backupFiles()).toEqual(files);
    const backup = await new ZoneApi(zones.b).get(`/backups/${source.backupID}`, 'backup');
    expect(backup).toMatchObject({ status: 'available' });
  });

  test('a volume is made of a snapshot, as its backup holds it', async () => {
    const row = await orders.ended('create', await orders.create(snapshotID, 'no'));
    expect(row).toMatchObject({ status: 'SUCCESS', result_msg: 'OK' });
    const file = fileOf(zones.b, row.new_volume_id);
    expect(await contentOf(file, layered.content)).toEqual(layered.content);
  });

  test(
    `controllers that are killed (-9) at random moments (${kills}) make one volume of each order, with its bytes`,
    { timeout: patience(600_000) },
    async () => {
      const files = await backupFiles();
      const before = await everybodysVolumes();
      const random = new Random(20_261_130);
      for (let killed = 0, ordered = 1; killed < kills; ordered += 1) {
        if (ordered > 3 * kills) throw new Error(`only ${killed} kills fell within ${ordered - 1} recoveries`);
        const rowKey = await orders.recover(source.volumeID, 'no');
        killed += await killAtRandom({
          controllers,
          count: Math.min(mostPerOrder, kills - killed),
          random,
          // A recovery takes about as long.
          apart: 8000,
          standing: async () => standings[(await orders.row('recovery', rowKey)).status] ?? 'over',
          patience: 60_000,
        });
        const { new_volume_id: id, ...row } = await orders.ended('recovery', rowKey);
        expect(row).toMatchObject({ status: 'SUCCESS', result_msg: 'OK' });
        // One was added, and nobody else has one now.
        expect((await everybodysVolumes()).toSorted()).toEqual([...before, `${id} of ${customer}`].toSorted());
        expect(await contentOf(fileOf(zones.b, id), source.content)).toEqual(source.content);
        // By its tenant: the zone's files are in memory.
        await new ZoneApi(zones.b, customer).call('DELETE', `/volumes/${id}`);
        await expect.poll(everybodysVolumes).toEqual(before);
      }
      expect(await backupFiles()).toEqual(files);
      const backup = await new ZoneApi(zones.b).get(`/backups/${source.backupID}`, 'backup');
      expect(backup).toMatchObject({ status: 'available' });
    },
  );

  async function everybodysVolumes(): Promise<readonly string[]> {
    const volumes = await new ZoneApi(zones.b).list('/volumes/detail?all_tenants=1', 'volumes');
    return volumes.map((volume) => `${volume.id} of ${String(volume['os-vol-tenant-attr:tenant_id'])}`);
  }

  test('controllers that die while Cinder works make one volume, whoever of them hands it over', async () => {
    const scenario = realScenario(client, { zones, source, catalogueIn: namespace.name, tenantID: customer });
    const only = variants(
      ['zone.createVolume', 'zone.restore', 'zone.offerTransfer', 'zone.acceptTransfer'],
      ['zone.restore', 'zone.offerTransfer'],
    );
    expect(await crashAtEveryStep(scenario, { client, only, moments: ['after'], parallel: 1 })).toContain(
      'zone.restore',
    );
  });

  test('a backup that is not the whole volume is handed to nobody, and deleting the order leaves nothing', async () => {
    const row = await orders.ended('recovery', await orders.recover(layered.volumeID, 'no'));
    expect(row).toMatchObject({ status: 'FAIL', new_volume_id: '' });
    expect(row.result_msg).toMatch(/^backup \S+ holds 1 blocks of 33554432 bytes, and a volume of 1 GiB has 32/);
    const { items } = await client.list(volumeRecoveries, { namespace: namespace.name });
    const failed = items.find(({ status }) => status?.phase === 'Failed');
    await client.delete(volumeRecoveries, { namespace: namespace.name, name: failed?.metadata.name ?? '' });
    await until(client, volumeRecoveries, { namespace: namespace.name }, (left) =>
      left.every(({ status }) => status?.phase === 'Succeeded') ? left : undefined,
    );
    // Those of the orders before are their tenant's.
    await expect
      .poll(async () => (await everybodysVolumes()).filter((volume) => !volume.endsWith(` of ${customer}`)))
      .toEqual([]);
    expect(await new ZoneApi(zones.b).list('/backups?all_tenants=1', 'backups')).toHaveLength(3);
  });
});
