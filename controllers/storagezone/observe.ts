import type { StorageZone } from '../../crds/types/storagezone.ts';
import type { ConfigMap } from '../../kube/builtin.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { OutsideTrouble } from '../shared/outside/troubles.ts';
import { catalogueEntry, type CatalogueEntry } from '../shared/storage/catalogue.ts';
import type { Backup, Service, StorageLooks } from '../shared/storage/driver.ts';
import { zoneTrouble } from '../shared/storage/trouble.ts';

/** The world as far as one StorageZone cares; read once per pass, never changed. */
export interface Observed {
  readonly zone: StorageZone;
  readonly probe: Probe;
  readonly catalogue: readonly CatalogueEntry[];
  /** All zones, and those of them that have not answered for long, this one left out. */
  readonly others: { readonly all: number; readonly silent: number };
  /** Copying a record failed a moment ago. */
  readonly copyTrouble: OutsideTrouble | undefined;
}

/** What the zone has said. */
export type Probe =
  | { readonly trouble: OutsideTrouble }
  | { readonly version: string; readonly services: readonly Service[]; readonly backups: readonly Backup[] };

/** Where `observe` looks. */
export interface World {
  readonly zones: ReadStore<StorageZone>;
  /** Indexed as `catalogueIndexers` says. */
  readonly catalogue: ReadStore<ConfigMap>;
  /** @returns undefined for a driver that these controllers do not have */
  readonly zoneOf: (zone: StorageZone) => StorageLooks | undefined;
  /** What copying a record last failed with, by the name of the zone. */
  readonly copyTroubles: ReadonlyMap<string, OutsideTrouble>;
}

export async function observe(zone: StorageZone, world: World): Promise<Observed> {
  const { name } = zone.metadata;
  const others = [...world.zones.list()].filter(({ metadata }) => metadata.name !== name);
  return {
    zone,
    probe: zone.metadata.deletionTimestamp === undefined ? await probe(world.zoneOf(zone)) : noDriver,
    catalogue: world.catalogue.byIndex('zone', name).flatMap((object) => catalogueEntry(object) ?? []),
    others: {
      all: others.length,
      silent: others.filter(({ status }) => status?.unansweredSince !== undefined).length,
    },
    copyTrouble: world.copyTroubles.get(name),
  };
}

const noDriver: Probe = {
  trouble: {
    reason: 'DriverNotSupported',
    message: 'these controllers do not have the driver that spec.driver names',
    forSomebody: true,
  },
};

/** Several calls: which of them a zone answers tells what is wrong with it. */
async function probe(storage: StorageLooks | undefined): Promise<Probe> {
  if (storage === undefined) return noDriver;
  try {
    const version = await storage.newestVersion();
    return { version, services: await storage.services(), backups: await storage.backups() };
  } catch (error) {
    const trouble = zoneTrouble(error);
    if (trouble === undefined) throw error;
    return { trouble };
  }
}
