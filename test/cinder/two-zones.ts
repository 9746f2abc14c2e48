import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { StorageZone } from '../../crds/types/storagezone.ts';
import type { CinderProgram } from './setup.ts';
import { makeType } from './zone-api.ts';
import { ownProject, startZone, type Zone } from './zones.ts';

/** Two zones that share a store of backups, each with a volume type. */
export interface TwoZones {
  readonly a: Zone;
  readonly b: Zone;
  readonly typeA: string;
  readonly typeB: string;
  readonly backups: string;
  /** What describes them to the controllers. */
  readonly storageZones: readonly [StorageZone, StorageZone];
  /** Kills both and removes their folder. */
  end(): Promise<void>;
}

/** Starts both at once. @param folder theirs alone. @throws ZoneError */
export async function startTwoZones(
  program: CinderProgram,
  folder: string,
  names: readonly [string, string],
): Promise<TwoZones> {
  const backups = join(folder, 'backups');
  const [a, b] = await Promise.all([
    startZone(program, { name: names[0], folder: join(folder, 'a'), backups }),
    startZone(program, { name: names[1], folder: join(folder, 'b'), backups }),
  ]);
  const [typeA, typeB] = await Promise.all([makeType(a, 'gold'), makeType(b, 'silver')]);
  return {
    a,
    b,
    typeA,
    typeB,
    backups,
    storageZones: [storageZone(a, backups, typeA, b.name), storageZone(b, backups, typeB)],
    async end() {
      await Promise.all([a.kill(), b.kill()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function storageZone(zone: Zone, backups: string, typeID: string, backedUpIn?: string): StorageZone {
  const svm = { name: `svm-backup-${backedUpIn}`, ip: '192.0.2.109' };
  const place = { seq: 2, zone: backedUpIn ?? '', clusterIP: '192.0.2.103', svm, volumeName: 'vol01' };
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'StorageZone',
    metadata: { name: zone.name },
    spec: {
      driver: 'Cinder',
      cinder: {
        endpoint: zone.endpoint,
        noAuth: { projectID: ownProject },
        contentCheck: { mode: 'Folders', backups, volumes: zone.volumes },
      },
      volumeTypes: [
        {
          id: typeID,
          svm: { name: `svm-${zone.name}`, ip: '192.0.2.106' },
          volumeName: 'vol01',
          ...(backedUpIn === undefined ? {} : { backups: [place] }),
        },
      ],
    },
  };
}
