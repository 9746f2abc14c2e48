import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { addStorageZone } from '../../../controllers/storagezone/controller.ts';
import { ZoneDrivers } from '../../../controllers/shared/storage/zones.ts';
import { addVolumeRecovery } from '../../../controllers/volumerecovery/controller.ts';
import { storageZones, type StorageZone } from '../../../crds/types/storagezone.ts';
import type { Client } from '../../../kube/client.ts';
import { systemClock } from '../../../kube/clock.ts';
import { deleteIfThere } from '../../../kube/ifthere.ts';
import { setUpCinder } from '../../cinder/setup.ts';
import { startTwoZones, type TwoZones } from '../../cinder/two-zones.ts';
import { startController } from '../../harness/controller.ts';
import type { Running } from '../../harness/crash.ts';

/** @param prefix of the names of the StorageZones, which are the cluster's: other tests have some too */
export async function openTwoZones(client: Client, prefix: string): Promise<TwoZones> {
  const program = await setUpCinder((line) => console.log(line));
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-zones-'));
  const zones = await startTwoZones(program, folder, [`${prefix}-a`, `${prefix}-b`]);
  for (const zone of zones.storageZones) await client.create(storageZones, zone);
  return {
    ...zones,
    async end() {
      for (const zone of zones.storageZones) await deleteIfThere(client, storageZones, zone);
      await zones.end();
    },
  };
}

/** The controllers of both kinds, in this process. */
export async function startControllers(
  client: Client,
  { namespace, systemNamespace }: { readonly namespace: string; readonly systemNamespace: string },
): Promise<Running> {
  return startController(client, client, ({ manager, events }) => {
    const drivers = new ZoneDrivers();
    const shared = { events, clock: systemClock, systemNamespace, zoneOf: (zone: StorageZone) => drivers.of(zone) };
    addStorageZone(manager, { ...shared, probeEvery: 1000 });
    addVolumeRecovery(manager, { ...shared, namespace });
  });
}
