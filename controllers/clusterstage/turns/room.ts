import type { ClusterStagePerZone } from '../../../crds/types/clusterstage.ts';
import type { Obstacle } from './obstacle.ts';
import { amountOf } from './limits.ts';

/** Where the nodes of an upgrade are, and how many may be out. */
export interface RoomOptions {
  /** By name, all nodes of the upgrade with their zones. */
  readonly zones: ReadonlyMap<string, string>;
  readonly maxUnavailable: number;
  readonly perZone: ClusterStagePerZone | undefined;
  /** Those that are out of service already, for whatever reason. */
  readonly out: Iterable<string>;
}

/** How many more nodes may go out of service, in all and in each zone. */
export class Room {
  readonly #options: RoomOptions;
  readonly #out: Set<string>;
  readonly #outIn = new Map<string, Set<string>>();
  readonly #limitIn = new Map<string, number>();

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#out = new Set();
    const sizes = new Map<string, number>();
    for (const zone of options.zones.values()) sizes.set(zone, (sizes.get(zone) ?? 0) + 1);
    const { perZone } = options;
    if (perZone !== undefined)
      for (const [zone, size] of sizes) this.#limitIn.set(zone, amountOf(perZone.maxUnavailable, size));
    for (const name of options.out) this.take(name);
  }

  /** The node is out of service, or about to be. */
  take(name: string): void {
    this.#out.add(name);
    const zone = this.#zoneOf(name);
    this.#outIn.set(zone, (this.#outIn.get(zone) ?? new Set()).add(name));
  }

  /** @returns why there is no room for one more node, put into words when somebody reads them; undefined: there is */
  obstacle(name: string): Obstacle | undefined {
    const { maxUnavailable, perZone } = this.#options;
    const out = this.#out;
    if (countWithout(out, name) >= maxUnavailable)
      return {
        reason: 'MaxUnavailable',
        get message() {
          return `out of service are ${shown(without(out, name))}, and maxUnavailable allows ${maxUnavailable}`;
        },
      };
    if (perZone === undefined) return undefined;
    const zone = this.#zoneOf(name);
    const inZone = this.#outIn.get(zone) ?? new Set();
    const limit = this.#limitIn.get(zone) ?? 1;
    if (countWithout(inZone, name) >= limit)
      return {
        reason: 'ZoneLimit',
        get message() {
          const names = shown(without(inZone, name));
          return `in zone ${zone} out of service are ${names}, and perZone.maxUnavailable allows ${limit}`;
        },
      };
    const { zonesAtOnce } = perZone;
    const zones = [...this.#outIn].filter(([other, names]) => other !== zone && countWithout(names, name) > 0);
    if (zonesAtOnce === undefined || zones.length < zonesAtOnce) return undefined;
    const names = shown(zones.map(([other]) => other));
    return {
      reason: 'ZoneLimit',
      message: `nodes of other zones are out of service (${names}), and perZone.zonesAtOnce is ${zonesAtOnce}`,
    };
  }

  #zoneOf(name: string): string {
    return this.#options.zones.get(name) ?? '';
  }
}

function countWithout(names: ReadonlySet<string>, name: string): number {
  return names.size - (names.has(name) ? 1 : 0);
}

function without(names: ReadonlySet<string>, name: string): readonly string[] {
  return [...names].filter((each) => each !== name);
}

function shown(names: readonly string[]): string {
  const sorted = names.toSorted();
  return sorted.length > 5 ? `${sorted.slice(0, 5).join(', ')} and ${sorted.length - 5} more` : sorted.join(', ');
}
