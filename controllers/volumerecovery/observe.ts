import type { StorageZone } from '../../crds/types/storagezone.ts';
import type { VolumeRecovery } from '../../crds/types/volumerecovery.ts';
import type { ConfigMap } from '../../kube/builtin.ts';
import type { ReadStore } from '../../kube/store.ts';
import { idIndexer, isCopy } from '../shared/integer-ids.ts';
import { bestBackup, catalogueEntry, type CatalogueEntry } from '../shared/storage/catalogue.ts';
import type { Comparisons } from '../shared/storage/comparisons.ts';
import { zoneTrouble } from '../shared/storage/trouble.ts';
import { isElder } from '../shared/turns.ts';
import { isFinished, stepOf } from './course.ts';
import { look, needsLook, type ZoneLooks, type ZoneView } from './look.ts';
import type { CallMemory, FailedCall, RequestState } from './memory.ts';

/** The world as far as one VolumeRecovery cares; read once per pass, never changed. */
export interface Observed {
  readonly recovery: VolumeRecovery;
  /** An older recovery bears the same id: this one is a copy of it. */
  readonly idTaken: boolean;
  readonly source: StorageZone | undefined;
  readonly destination: StorageZone | undefined;
  /** What the catalogue offers for the source; once a backup was chosen, that one. */
  readonly entry: CatalogueEntry | undefined;
  /** Of the destination zone, what the present step needs. */
  readonly zone: ZoneView;
  /** The calls that are recorded before they are made: whether the latest was. */
  readonly createVolume: RequestState;
  readonly restore: RequestState;
  /** When (a time of Date) the recorded call can take effect no more. */
  readonly requestEnds: number;
  /** Name of this process, for what it records. */
  readonly instance: string;
  /** The latest call to the zone that failed, unless it was made since without a failure. */
  readonly failure: FailedCall | undefined;
  /** Another recovery whose restore of the same backup goes first. */
  readonly restoring: VolumeRecovery | undefined;
}

/** Where `observe` looks. Caches are indexed as `recoveryIndexers` and `catalogueIndexers` say. */
export interface World {
  readonly recoveries: ReadStore<VolumeRecovery>;
  readonly storageZones: ReadStore<StorageZone>;
  /** Of the catalogue. */
  readonly catalogue: ReadStore<ConfigMap>;
  /** @returns undefined for a driver that these controllers do not have */
  readonly zoneOf: (zone: StorageZone) => ZoneLooks | undefined;
  readonly comparisons: Pick<Comparisons, 'verdict' | 'forget'>;
  readonly calls: CallMemory;
}

export async function observe(recovery: VolumeRecovery, world: World, now: Date): Promise<Observed> {
  const { spec, status } = recovery;
  const { calls } = world;
  const destination = world.storageZones.get(spec.destination.zone);
  return {
    recovery,
    idTaken: isCopy(recovery, world.recoveries),
    source: world.storageZones.get(spec.source.zone),
    destination,
    entry: entryFor(recovery, world.catalogue),
    zone: destination === undefined ? {} : await view(recovery, destination, world),
    createVolume: calls.stateOf(recovery, 'CreateVolume', now),
    restore: calls.stateOf(recovery, 'Restore', now),
    requestEnds: status?.request === undefined ? 0 : calls.endOf(status.request),
    instance: calls.instance,
    failure: calls.failureOf(recovery),
    restoring: restoringBefore(recovery, world.recoveries),
  };
}

function age({ metadata }: VolumeRecovery): { readonly since: string; readonly uid: string } {
  return { since: metadata.creationTimestamp ?? '', uid: metadata.uid ?? '' };
}

function entryFor({ spec, status }: VolumeRecovery, catalogue: ReadStore<ConfigMap>): CatalogueEntry | undefined {
  const entries = catalogue.byIndex('zone', spec.source.zone).flatMap((object) => catalogueEntry(object) ?? []);
  const chosen = status?.backup?.id;
  return chosen === undefined ? bestBackup(entries, spec.source) : entries.find(({ backup }) => backup.id === chosen);
}

/**
 * One restore of a backup at a time: two of them disturb each other. One that has been asked for goes first, then the
 * eldest of those that are ready for it.
 */
function restoringBefore(recovery: VolumeRecovery, recoveries: ReadStore<VolumeRecovery>): VolumeRecovery | undefined {
  const backup = recovery.status?.backup?.id;
  if (backup === undefined || stepOf(recovery) !== 'Restored') return undefined;
  const others = recoveries
    .byIndex('backup', `${recovery.spec.destination.zone}/${backup}`)
    .filter((other) => other.metadata.uid !== recovery.metadata.uid && mayRestore(other));
  return (
    others.find(({ status }) => status?.request?.call === 'Restore') ??
    others.find((other) => isElder(age(other), age(recovery)))
  );
}

function mayRestore(recovery: VolumeRecovery): boolean {
  return (
    stepOf(recovery) === 'Restored' &&
    !isFinished(recovery) &&
    recovery.spec.paused !== true &&
    recovery.metadata.deletionTimestamp === undefined
  );
}

async function view(recovery: VolumeRecovery, zone: StorageZone, world: World): Promise<ZoneView> {
  const storage = world.zoneOf(zone);
  if (storage === undefined || !needsLook(recovery)) return {};
  try {
    return {
      projectID: storage.projectID,
      ...(await look(recovery, { zone, storage, comparisons: world.comparisons })),
    };
  } catch (error) {
    const trouble = zoneTrouble(error);
    if (trouble === undefined) throw error;
    return { trouble };
  }
}

/** `id`: by their integer id; `uid`: by their UID; `backup`: by zone and backup; `zone`: by both zones. */
export const recoveryIndexers = {
  uid: ({ metadata }: VolumeRecovery) => (metadata.uid === undefined ? [] : [metadata.uid]),
  ...idIndexer,
  backup: ({ spec, status }: VolumeRecovery) =>
    status?.backup === undefined ? [] : [`${spec.destination.zone}/${status.backup.id}`],
  zone: ({ spec }: VolumeRecovery) => [spec.source.zone, spec.destination.zone],
};
