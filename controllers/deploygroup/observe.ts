import type { DeployGroup } from '../../crds/types/deploygroup.ts';
import type { ReadStore } from '../../kube/store.ts';
import { isCopy } from '../shared/integer-ids.ts';

/** The world as far as one DeployGroup cares; read once per pass, never changed. */
export interface Observed {
  readonly group: DeployGroup;
  /** An older group bears the same id: this one is a copy of it. */
  readonly idTaken: boolean;
}

/** Where `observe` looks. */
export interface World {
  /** Indexed by idIndexer. */
  readonly groups: ReadStore<DeployGroup>;
}

export function observe(group: DeployGroup, { groups }: World): Observed {
  return { group, idTaken: isCopy(group, groups) };
}
