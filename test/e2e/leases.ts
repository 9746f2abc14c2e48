import { KubectlWatch } from './kubectl-watch.ts';
import { system } from './names.ts';
import type { Site } from './site.ts';

/** One controller has taken over from another. */
export interface HandOver {
  readonly from: string;
  readonly to: string;
  /** Seconds between the last sign of life of the one and the moment at which the other took the lease. */
  readonly seconds: number;
}

interface Sight {
  readonly holder: string;
  readonly acquired: number;
  readonly renewed: number;
}

const columns = ['.spec.holderIdentity', '.spec.acquireTime', '.spec.renewTime'];

/** Watches the lease by which the controllers choose who leads. */
export class LeaseWatch {
  readonly #watch: KubectlWatch;

  private constructor(watch: KubectlWatch) {
    this.#watch = watch;
  }

  static async open(site: Site): Promise<LeaseWatch> {
    const lease = ['lease', 'fleetwright-controllers', '--namespace', system];
    return new LeaseWatch(await KubectlWatch.open(site, lease, columns));
  }

  /** Who leads, by the lease; empty while nobody does. */
  get holder(): string {
    return this.#sights.at(-1)?.holder ?? '';
  }

  /** All of them so far. A lease that was given back counts from then on. */
  get handOvers(): readonly HandOver[] {
    const sights = this.#sights;
    return sights.flatMap((sight, index) => {
      const before = sights[index - 1];
      if (before === undefined || before.holder === sight.holder || sight.holder === '') return [];
      const last = sights.slice(0, index).findLast(({ holder }) => holder !== '');
      return [{ from: last?.holder ?? '', to: sight.holder, seconds: (sight.acquired - before.renewed) / 1000 }];
    });
  }

  /** Waits until another one than `holder` leads. */
  async takenFrom(holder: string): Promise<void> {
    await this.#watch.until(() => this.holder !== '' && this.holder !== holder);
  }

  close(): Promise<void> {
    return this.#watch.close();
  }

  get #sights(): readonly Sight[] {
    return this.#watch.rows.map(([holder = '', acquired = '', renewed = '']) => ({
      holder,
      acquired: Date.parse(acquired),
      renewed: Date.parse(renewed),
    }));
  }
}
