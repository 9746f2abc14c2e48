import type { DeployGroup } from '../../crds/types/deploygroup.ts';
import type { ReadStore } from '../../kube/store.ts';
import { isCopy } from '../shared/integer-ids.ts';
import type { Inventory } from './inventory.ts';
import { hostsFound, type Sources } from './sources.ts';

/** The world as far as one DeployGroup cares; read once per pass, never changed. */
export interface Observed {
  readonly group: DeployGroup;
  /** An older group bears the same id: this one is a copy of it. */
  readonly idTaken: boolean;
  /** The hosts that it leaves others to name; undefined for one that names them itself. */
  readonly found: Inventory | undefined;
}

/** Where `observe` looks. */
export interface World extends Sources {
  /** Indexed by idIndexer. */
  readonly groups: ReadStore<DeployGroup>;
}

/** @throws what the client throws */
export async function observe(group: DeployGroup, world: World): Promise<Observed> {
  return { group, idTaken: isCopy(group, world.groups), found: await hostsFound(group, world) };
}
