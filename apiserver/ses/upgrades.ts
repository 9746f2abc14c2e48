import { rollingUpgrades, type RollingUpgrade } from '../../crds/types/rollingupgrade.ts';
import { latestUpgrade } from '../../history/rollingupgrade/lookups.ts';
import type { HistoryReader } from '../../history/store.ts';
import type { Client } from '../../kube/client.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import type { Caller } from '../auth/caller.ts';
import { Rights } from '../objects/rights.ts';
import { clusterOf, clustersOf, newestFirst, type Cluster } from './clusters.ts';
import { NoClusterError, NoUpgradeError } from './errors.ts';

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

/**
 * Finds upgrades, and the clusters that they are of. Methods throw AuthError, ServiceError, HistoryError, and what
 * Client.list throws.
 */
export class UpgradeLookup {
  readonly #options: UpgradesOptions;
  readonly #rights: Rights;

  constructor(options: UpgradesOptions) {
    this.#options = options;
    this.#rights = new Rights(options.authorizer, rollingUpgrades);
  }

  /** @returns the upgrade that tells of the progress of a cluster. @throws NoUpgradeError */
  async latest(caller: Caller, number: string): Promise<RollingUpgrade> {
    const found = await this.find(caller, number);
    if (found === undefined) throw new NoUpgradeError(number);
    return found;
  }

  /**
   * @returns the upgrade of the cluster that was made last, also when it was deleted since; one that is only planned
   * (dryRun) tells nothing of its progress
   */
  async find(caller: Caller, number: string): Promise<RollingUpgrade | undefined> {
    const { history, namespace } = this.#options;
    const cached = latestOf(await this.#cached(caller, number));
    // Of a cluster one works at a time: nothing that is over can be later.
    if (cached?.status?.phase === 'Running') return cached;
    const recorded = history === undefined ? undefined : await latestUpgrade(history, namespace, number);
    const known = latestOf([cached, recorded].filter((upgrade) => upgrade !== undefined));
    return known ?? latestOf(await this.#live(caller, number));
  }

  /** @returns undefined for one that nobody describes */
  async cluster(caller: Caller, number: string): Promise<Cluster | undefined> {
    return clusterOf(await this.#cached(caller, number)) ?? clusterOf(await this.#live(caller, number));
  }

  /** @throws NoClusterError */
  async demandCluster(caller: Caller, number: string): Promise<Cluster> {
    const cluster = await this.cluster(caller, number);
    if (cluster === undefined) throw new NoClusterError(number);
    return cluster;
  }

  async clusters(caller: Caller): Promise<readonly Cluster[]> {
    await this.#demandList(caller);
    return clustersOf([...this.#options.cache.list()].filter((upgrade) => this.#isHere(upgrade)));
  }

  async #cached(caller: Caller, number: string): Promise<readonly RollingUpgrade[]> {
    await this.#demandList(caller);
    return this.#options.cache.byIndex('number', number).filter((upgrade) => this.#isHere(upgrade));
  }

  /** Of a cluster of which the cache shows nothing: something may have been made a moment ago. */
  async #live(caller: Caller, number: string): Promise<readonly RollingUpgrade[]> {
    const { clientOf, namespace } = this.#options;
    const fieldSelector = `spec.serviceGroupInstanceNo=${number}`;
    return (await clientOf(caller).list(rollingUpgrades, { namespace, fieldSelector })).items;
  }

  async #demandList(caller: Caller): Promise<void> {
    await this.#rights.demand(caller, { verb: 'list', namespace: this.#options.namespace });
  }

  #isHere({ metadata }: RollingUpgrade): boolean {
    return metadata.namespace === this.#options.namespace;
  }
}

/** Of one that is there and is recorded, as it is. */
function latestOf(upgrades: readonly RollingUpgrade[]): RollingUpgrade | undefined {
  return newestFirst(upgrades).find(
    // One that goes before it began was taken back.
    ({ spec, metadata, status }) =>
      spec.dryRun !== true && (metadata.deletionTimestamp === undefined || status?.startTime !== undefined),
  );
}
