import { createHash, randomBytes } from 'node:crypto';

import { requestedByAnnotation, requestIdAnnotation } from '../../crds/labels.ts';
import { rollingUpgrades, type RollingUpgrade, type RollingUpgradeSpec } from '../../crds/types/rollingupgrade.ts';
import { pause } from '../../kube/backoff.ts';
import { findCondition, isTrue } from '../../kube/conditions.ts';
import { AlreadyExistsError, ConflictError, NotFoundError } from '../../kube/errors.ts';
import { keyOf } from '../../kube/objects.ts';
import type { Caller } from '../auth/caller.ts';
import { isOver } from './clusters.ts';
import { SesError } from './errors.ts';
import type { UpgradeLookup, UpgradesOptions } from './upgrades.ts';
import { codeOf } from './versions.ts';

/** Which cluster is to come to which version, and by which request that was asked for. */
export interface Order {
  readonly number: string;
  /** As 2.9.0. */
  readonly version: string;
  readonly requestId: string;
}

export interface StartsOptions extends Pick<UpgradesOptions, 'clientOf' | 'cache' | 'namespace'> {
  /** Milliseconds for which a call waits until the controllers have looked at the cluster. */
  readonly patience: number;
}

/** Milliseconds between two looks at the cache. */
const interval = 100;

/** What the controllers make of an upgrade that was just made. */
type Verdict = { readonly is: 'good' } | { readonly is: 'refused' | 'open'; readonly why: string };

/** Tries and begins upgrades of clusters that are described. */
export class Starts {
  readonly #options: StartsOptions;
  readonly #lookup: UpgradeLookup;
  readonly #closing = new AbortController();

  constructor(options: StartsOptions, lookup: UpgradeLookup) {
    this.#options = options;
    this.#lookup = lookup;
  }

  /** Lets calls that wait come to their end. */
  close(): void {
    this.#closing.abort();
  }

  /**
   * Looks whether an upgrade could begin now, by a dry run that goes again.
   * @throws SesError with what stands against it, AuthError, and what the client throws
   */
  async check(caller: Caller, order: Order): Promise<void> {
    const { description } = await this.#lookup.demandCluster(caller, order.number);
    const name = `check-${order.number}-${randomBytes(4).toString('hex')}`;
    const draft = this.#draft(caller, order, description, name, { dryRun: true });
    const made = await this.#options.clientOf(caller).create(rollingUpgrades, draft);
    const { verdict } = await this.#verdictOn(made);
    await this.#remove(caller, made);
    if (verdict.is !== 'good') throw new SesError(400, verdict.why);
  }

  /**
   * Begins an upgrade. Asking again for what goes on already does nothing twice.
   * @throws SesError with what stands against it, in which case nothing is begun; AuthError, and what the client throws
   */
  async begin(caller: Caller, order: Order): Promise<void> {
    const { description, open } = await this.#lookup.demandCluster(caller, order.number);
    if (open !== undefined) return demandSame(open, order);
    const before = await this.#lookup.find(caller, order.number);
    const draft = this.#draft(caller, order, description, nameAfter(order.number, before?.metadata.uid), {});
    let made: RollingUpgrade;
    try {
      made = await this.#options.clientOf(caller).create(rollingUpgrades, draft);
    } catch (error) {
      if (!(error instanceof AlreadyExistsError)) throw error;
      // Somebody was faster, or the answer to this very call got lost.
      return demandSame(await this.#options.clientOf(caller).get(rollingUpgrades, draft.metadata), order);
    }
    await this.#takeBackUnlessGood(caller, made);
  }

  /** One that cannot begin does not stay, to begin some day unasked. */
  async #takeBackUnlessGood(caller: Caller, made: RollingUpgrade): Promise<void> {
    for (;;) {
      const { verdict, upgrade } = await this.#verdictOn(made);
      if (verdict.is !== 'refused') return;
      // Only as it was looked at: it may begin at this very moment.
      if (await this.#remove(caller, upgrade, upgrade.metadata.resourceVersion)) throw new SesError(400, verdict.why);
      if (this.#closing.signal.aborted) return;
      await pause(interval, this.#closing.signal);
    }
  }

  #draft(
    caller: Caller,
    { version, requestId }: Order,
    description: RollingUpgrade,
    name: string,
    more: Partial<RollingUpgradeSpec>,
  ): RollingUpgrade {
    // What steers a run belongs to that one: whoever confirmed one node of it has not confirmed any of this one.
    const { dryRun: _, paused: __, stop: ___, confirm: ____, ...spec } = description.spec;
    const annotations = { [requestedByAnnotation]: caller.user, [requestIdAnnotation]: requestId };
    return {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'RollingUpgrade',
      metadata: { namespace: this.#options.namespace, name, annotations },
      spec: { ...spec, targetVersion: version, ...more },
    };
  }

  /** @returns what is made of it, and the upgrade as that was said of it */
  async #verdictOn(made: RollingUpgrade): Promise<{ readonly verdict: Verdict; readonly upgrade: RollingUpgrade }> {
    const { cache, patience } = this.#options;
    const until = performance.now() + patience;
    for (;;) {
      const cached = cache.get(keyOf(made));
      const upgrade = cached?.metadata.uid === made.metadata.uid && cached !== undefined ? cached : made;
      const verdict = verdictIn(upgrade);
      const enough = performance.now() >= until || this.#closing.signal.aborted;
      if (verdict.is !== 'open' || enough) return { verdict, upgrade };
      await pause(interval, this.#closing.signal);
    }
  }

  /** @returns whether it goes; one that was changed meanwhile does not, where the version is given */
  async #remove(caller: Caller, { metadata }: RollingUpgrade, resourceVersion?: string): Promise<boolean> {
    const { uid } = metadata;
    const only = {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    try {
      await this.#options.clientOf(caller).delete(rollingUpgrades, metadata, only);
    } catch (error) {
      if (error instanceof ConflictError) return false;
      if (!(error instanceof NotFoundError)) throw error;
    }
    return true;
  }
}

/** The one that is made after this one: two that are asked for at once are one. */
function nameAfter(number: string, uid = ''): string {
  return `ses-${number}-${createHash('sha256').update(`${number} ${uid}`).digest('hex').slice(0, 12)}`;
}

function demandSame(open: RollingUpgrade, { number, version }: Order): void {
  if (open.spec.targetVersion === version && !isOver(open)) return;
  const code = codeOf(open.spec.targetVersion);
  throw new SesError(400, `Cluster ${number} is being upgraded to ${code} already: wait until that has ended`);
}

function verdictIn({ metadata, status }: RollingUpgrade): Verdict {
  const ready = findCondition(status?.conditions, 'Ready');
  const why = ready?.message ?? 'the controllers have not looked at it yet';
  if (status === undefined || status.observedGeneration !== metadata.generation) return { is: 'open', why };
  if (status.phase !== undefined && status.phase !== 'Pending') return { is: 'good' };
  if (isTrue(status.conditions, 'Stalled')) return { is: 'refused', why: objections(status.preflight) ?? why };
  // What waits for its turn was found good; what was not looked at, or cannot be at the moment, was not yet.
  const undecided = ready === undefined || ready.reason === 'Pending' || ready.reason.startsWith('OpenSearch');
  return undecided ? { is: 'open', why } : { is: 'good' };
}

function objections(preflight: NonNullable<RollingUpgrade['status']>['preflight'] = []): string | undefined {
  const errors = preflight.filter(({ severity }) => severity === 'Error');
  return errors.length === 0 ? undefined : errors.map(({ check, message }) => `${check}: ${message}`).join('; ');
}
