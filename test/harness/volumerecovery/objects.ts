import { catalogueObject } from '../../../controllers/shared/storage/catalogue.ts';
import type { Backup } from '../../../controllers/shared/storage/driver.ts';
import type { StorageZone } from '../../../crds/types/storagezone.ts';
import type { VolumeRecovery, VolumeRecoverySpec } from '../../../crds/types/volumerecovery.ts';
import type { ConfigMap } from '../../../kube/builtin.ts';

export function storageZone(name: string): StorageZone {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'StorageZone',
    metadata: { name },
    spec: {
      driver: 'Cinder',
      cinder: {
        endpoint: 'http://127.0.0.1:9/v3',
        noAuth: { projectID: 'f1ee7' },
        contentCheck: { mode: 'None' },
      },
      volumeTypes: [{ id: 'silver', svm: { name: `svm-${name}`, ip: '192.0.2.1' }, volumeName: 'vol01' }],
    },
  };
}

/** Of volume v-1 of zone a, to the tenant cafe in zone b. */
export function volumeRecovery(
  name: string,
  spec: Partial<VolumeRecoverySpec> = {},
  namespace = 'default',
  [from, to]: readonly [string, string] = ['a', 'b'],
): VolumeRecovery {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'VolumeRecovery',
    metadata: { namespace, name },
    spec: {
      source: { zone: from, volumeTypeID: 'gold', volumeID: 'v-1' },
      destination: { zone: to, tenantID: 'cafe', volumeTypeID: 'silver' },
      bootable: false,
      ...spec,
    },
  };
}

/** A backup of zone a in the catalogue. */
export function catalogued(namespace: string, backup: Backup, zone = 'a'): ConfigMap {
  return catalogueObject(namespace, { zone, backup, record: { service: 'posix', url: backup.id }, missing: false });
}
