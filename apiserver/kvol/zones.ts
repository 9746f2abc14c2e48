import type { StorageZone, StorageZoneVolumeType, StorageZoneVolumeTypeBackup } from '../../crds/types/storagezone.ts';
import { ParameterError } from './parameters.ts';

/** Where the zones are looked up. */
export interface Zones {
  get(name: string): StorageZone | undefined;
}

/** @returns undefined where either is not known */
export function typeIn(zones: Zones, zone: string, typeID: string): StorageZoneVolumeType | undefined {
  return zones.get(zone)?.spec.volumeTypes?.find(({ id }) => id === typeID);
}

/** @throws ParameterError for a zone or a type that nobody described */
export function demandType(zones: Zones, side: 'src' | 'dst', zone: string, typeID: string): void {
  if (zones.get(zone) === undefined)
    throw new ParameterError(`${side}-zone`, `there is no zone ${zone}: ask the operator what the zones are called`);
  if (typeIn(zones, zone, typeID) === undefined)
    throw new ParameterError(`${side}-volume-type-id`, `zone ${zone} has no volume type ${typeID} that is known here`);
}

/** A place of backups in the words of /api/kvol/list. */
export function listed({ clusterIP, volumeName, seq, svm, zone }: StorageZoneVolumeTypeBackup): object {
  return { cluster_ip: clusterIP, name: volumeName, seq, svm_ip: svm.ip, svm_name: svm.name, zone_id: zone };
}

/** The same in the words of /api/kvol/show. */
export function shown(zone: string, type: StorageZoneVolumeType, backup: StorageZoneVolumeTypeBackup): object {
  return {
    'dst-path': exportOf(backup.svm.ip, backup.volumeName),
    'dst-svm-name': backup.svm.name,
    'dst-zone': backup.zone,
    'src-path': exportOf(type.svm?.ip, type.volumeName),
    'src-svm-name': type.svm?.name ?? '',
    'src-vol-type-id': type.id,
    'src-zone': zone,
    status: (backup.status ?? 'Active').toLowerCase(),
  };
}

/** What clients mount. An IPv6 address has brackets there, since colons end an address. */
function exportOf(ip = '', volumeName = ''): string {
  return `${ip.includes(':') ? `[${ip}]` : ip}:/${volumeName}`;
}
