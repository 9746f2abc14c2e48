import type { StorageZone, StorageZoneVolumeType } from '../../crds/types/storagezone.ts';
import type { VolumeRecoveryStatus } from '../../crds/types/volumerecovery.ts';
import type { Observed } from './observe.ts';

/** The machines that hold backup and new volume, as far as the StorageZones tell. */
export function svmsOf({
  recovery,
  source,
  destination,
}: Observed): Pick<VolumeRecoveryStatus, 'sourceSVM' | 'destinationSVM'> {
  const { spec } = recovery;
  const backups = typeIn(source, spec.source.volumeTypeID)?.backups ?? [];
  const sourceSVM = backups.find(({ zone }) => zone === spec.destination.zone)?.svm.name;
  const destinationSVM = typeIn(destination, spec.destination.volumeTypeID)?.svm?.name;
  return {
    ...(sourceSVM === undefined ? {} : { sourceSVM }),
    ...(destinationSVM === undefined ? {} : { destinationSVM }),
  };
}

function typeIn(zone: StorageZone | undefined, id: string): StorageZoneVolumeType | undefined {
  return zone?.spec.volumeTypes?.find((type) => type.id === id);
}
