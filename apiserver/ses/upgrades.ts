import { rollingUpgrades, type RollingUpgrade } from '../../crds/types/rollingupgrade.ts';
import { latestUpgrade } from '../../history/rollingupgrade/lookups.ts';
import type { HistoryReader } from '../../history/store.ts';
import type { Client } from '../../kube/client.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import type { Caller } from '../auth/caller.ts';
import { Rights } from '../objects/rights.ts';
import { NoUpgradeError } from './errors.ts';

export interface UpgradesOptions {
  /** Acts in the name of a caller, so that his rights decide. */
  readonly clientOf: (caller: Caller) => Client;
  readonly authorizer: Authorizer;
  /** The upgrades, indexed as upgradeIndexers say. It may lag. */
  readonly cache: ReadStore<RollingUpgrade>;
  /** Knows the upgrades that were deleted; absent where none is kept. */
  readonly history?: HistoryReader | undefined;
  readonly namespace: string;
}

/** `number`: by the number of their cluster. */
export const upgradeIndexers = {
  number: ({ spec }: RollingUpgrade): readonly string[] => [spec.serviceGroupInstanceNo],
};

/** Finds the upgrade that answers for a cluster. */
export class UpgradeLookup {
  readonly #options: UpgradesOptions;
  readonly #rights: Rights;

  constructor(options: UpgradesOptions) {
    this.#options = options;
    this.#rights = new Rights(options.authorizer, rollingUpgrades);
  }

  /**
   * @returns the upgrade of the cluster that was made last, also when it was deleted since; one that is only planned
   * (dryRun) tells nothing of its progress
   * @throws NoUpgradeError, AuthError, ServiceError, HistoryError, and what Client.list throws
   */
  async latest(caller: Caller, number: string): Promise<RollingUpgrade> {
    const { clientOf, cache, history, namespace } = this.#options;
    await this.#rights.demand(caller, { verb: 'list', namespace });
    const cached = latestOf(cache.byIndex('number', number).filter(({ metadata }) => metadata.namespace === namespace));
    // Of a cluster one works at a time: nothing that is over can be later.
    if (cached?.status?.phase === 'Running') return cached;
    const recorded = history === undefined ? undefined : await latestUpgrade(history, namespace, number);
    const known = latestOf([cached, recorded].filter((upgrade) => upgrade !== undefined));
    if (known !== undefined) return known;
    // Made a moment ago, maybe.
    const fieldSelector = `spec.serviceGroupInstanceNo=${number}`;
    const { items } = await clientOf(caller).list(rollingUpgrades, { namespace, fieldSelector });
    const found = latestOf(items);
    if (found === undefined) throw new NoUpgradeError(number);
    return found;
  }
}

/** Of one that is there and is recorded, as it is. */
function latestOf(upgrades: readonly RollingUpgrade[]): RollingUpgrade | undefined {
  const real = upgrades.filter(({ spec }) => spec.dryRun !== true);
  return real.toSorted((one, other) => madeAt(other).localeCompare(madeAt(one), 'en'))[0];
}

function madeAt({ metadata }: RollingUpgrade): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.uid ?? ''}`;
}
