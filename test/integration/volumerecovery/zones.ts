import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { storageZones } from '../../../crds/types/storagezone.ts';
import type { Client } from '../../../kube/client.ts';
import { deleteIfThere } from '../../../kube/ifthere.ts';
import { setUpCinder } from '../../cinder/setup.ts';
import { startTwoZones, type TwoZones } from '../../cinder/two-zones.ts';

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
