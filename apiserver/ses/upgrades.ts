import { rollingUpgrades, type RollingUpgrade } from '../../crds/types/rollingupgrade.ts';
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
   * @returns the latest upgrade of the cluster; one that is only planned (dryRun) tells nothing of its progress
   * @throws NoUpgradeError, AuthError, ServiceError, and what Client.list throws
   */
  async latest(caller: Caller, number: string): Promise<RollingUpgrade> {
    const { clientOf, cache, namespace } = this.#options;
    await this.#rights.demand(caller, { verb: 'list', namespace });
    const cached = cache.byIndex('number', number).filter(({ metadata }) => metadata.namespace === namespace);
    const known = latestOf(cached);
    if (known !== undefined) return known;
    // Made a moment ago, maybe.
    const fieldSelector = `spec.serviceGroupInstanceNo=${number}`;
    const { items } = await clientOf(caller).list(rollingUpgrades, { namespace, fieldSelector });
    const found = latestOf(items);
    if (found === undefined) throw new NoUpgradeError(number);
    return found;
  }
}

function latestOf(upgrades: readonly RollingUpgrade[]): RollingUpgrade | undefined {
  const real = upgrades.filter(({ spec }) => spec.dryRun !== true);
  return real.toSorted((one, other) => (madeAt(one) < madeAt(other) ? 1 : -1))[0];
}

function madeAt({ metadata }: RollingUpgrade): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.uid ?? ''}`;
}
