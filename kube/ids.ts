import { pause } from './backoff.ts';
import { configMaps, type ConfigMap } from './builtin.ts';
import type { Client } from './client.ts';
import { AlreadyExistsError, ConflictError, NotFoundError } from './errors.ts';
import { IdMark } from './idmark.ts';
import { counterWith, Leads, longestLead, planReservation, type Stock } from './idstock.ts';
import { getIfThere } from './ifthere.ts';

export interface IdCounterOptions {
  /**
   * How many ids to take in hand at once, so that most calls are answered without asking the API server: for a process
   * that is asked often and mostly the only one. 0, the default: an update for each id, or for all callers that come
   * together.
   */
  readonly ahead?: number;
}

/** Having met another process, ids are not taken in hand for so long (milliseconds): each would make the other wait. */
const companyStays = 60_000;

/**
 * Integer ids from one counter object: unique, never reused, since the counter outlives what the ids were given to, and
 * increasing with any number of processes: an id that is asked for after another one was given is the higher one. A
 * counter that somebody deleted goes on from its mark (see IdMark), a Lease of the same name, with a gap.
 *
 * Uniqueness rests on optimistic updates alone. The order of ids in hand rests on time too: a process gives them for a
 * second after it took them, and whoever takes higher ones meanwhile waits until that second is over. So a process that
 * was suspended just then may give one late.
 */
export class IdCounter {
  readonly #client: Client;
  readonly #key: { readonly namespace: string; readonly name: string };
  readonly #mark: IdMark;
  readonly #highest: () => Promise<number>;
  readonly #ahead: number;
  readonly #leads = new Leads();
  #waiting: PromiseWithResolvers<number>[] = [];
  #running = false;
  /** As we wrote it last. */
  #known: ConfigMap | undefined;
  #stock: Stock | undefined;
  #release: NodeJS.Timeout | undefined;
  /** The highest that we gave. */
  #given = 0;
  #companyUntil = 0;

  /**
   * @param highest the highest id in use, asked for when there is no counter: somebody may have deleted it, and its
   * mark
   */
  constructor(
    client: Client,
    namespace: string,
    name: string,
    highest: () => Promise<number> = async () => 0,
    { ahead = 0 }: IdCounterOptions = {},
  ) {
    this.#client = client;
    this.#key = { namespace, name };
    this.#mark = new IdMark(client, this.#key);
    this.#highest = highest;
    this.#ahead = ahead;
  }

  /** @returns an id that nobody was ever given, 1 or above. @throws what Client throws */
  async next(): Promise<number> {
    const stock = this.#stock;
    if (!this.#running && stock !== undefined && stock.next <= stock.last && performance.now() < stock.until) {
      this.#given = stock.next++;
      return this.#given;
    }
    const waiting = Promise.withResolvers<number>();
    this.#waiting.push(waiting);
    if (!this.#running) void this.#serve();
    return waiting.promise;
  }

  async #serve(): Promise<void> {
    this.#running = true;
    clearTimeout(this.#release);
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const first = await this.#reserve(batch.length);
        this.#given = first + batch.length - 1;
        batch.forEach(({ resolve }, index) => resolve(first + index));
      } catch (error) {
        this.#known = undefined;
        this.#stock = undefined;
        for (const { reject } of batch) reject(error);
      }
    }
    this.#running = false;
    const stock = this.#stock;
    if (stock === undefined) return;
    this.#release = setTimeout(() => void this.#giveBack(stock), stock.until - performance.now());
    this.#release.unref();
  }

  /**
   * When nobody asks any more the ids in hand go back, so that no other process has to wait for the end of a lead, and
   * no gap is left.
   */
  async #giveBack({ next }: Stock): Promise<void> {
    this.#running = true;
    this.#stock = undefined;
    const counter = this.#known;
    // Whoever went on meanwhile has seen our lead, and that it is over; whatever fails here fails for the next caller
    // too, who is told.
    if (counter !== undefined) {
      await this.#written(counterWith(counter, next - 1, undefined)).catch(() => {
        this.#known = undefined;
      });
    }
    await this.#serve();
  }

  /** @returns the first of `count` ids that are the caller's. */
  async #reserve(count: number): Promise<number> {
    for (;;) {
      const alone = this.#ahead > 0 && performance.now() >= this.#companyUntil;
      // In company the one known is mostly out of date.
      const counter = (alone ? this.#known : undefined) ?? (await this.#read());
      const sentAt = performance.now();
      const { first, end, lead, waitUntil } = planReservation(counter, {
        count,
        ahead: alone ? this.#ahead : 0,
        stock: this.#stock,
        leads: this.#leads,
        now: sentAt,
      });
      await this.#mark.cover(end);
      if (!(await this.#written(counterWith(counter, end, lead)))) continue;
      const ours = waitUntil === undefined ? lead : undefined;
      this.#leads.own = ours?.token;
      this.#stock =
        ours === undefined ? undefined : { next: first + count, last: end, until: sentAt + ours.milliseconds };
      if (waitUntil !== undefined) {
        this.#companyUntil = performance.now() + companyStays;
        await pause(waitUntil - performance.now(), undefined);
      }
      return first;
    }
  }

  /** @returns false when somebody else was faster. */
  async #written(counter: ConfigMap): Promise<boolean> {
    try {
      this.#known = await this.#client.replace(configMaps, counter);
      return true;
    } catch (error) {
      // Somebody else took ids in between, theirs are not ours; or deleted the counter.
      if (!(error instanceof ConflictError || error instanceof NotFoundError)) throw error;
      this.#known = undefined;
      this.#companyUntil = performance.now() + companyStays;
      return false;
    }
  }

  async #read(): Promise<ConfigMap> {
    const counter = await getIfThere(this.#client, configMaps, this.#key);
    if (counter !== undefined) {
      const { resourceVersion } = counter.metadata;
      if (this.#known !== undefined && this.#known.metadata.resourceVersion !== resourceVersion)
        this.#companyUntil = performance.now() + companyStays;
      return counter;
    }
    let before = await this.#before();
    if (before > 0) {
      // Others may have ids in hand, which they give, if at all, before this is over.
      await pause(longestLead, undefined);
      before = await this.#before();
    }
    try {
      const last = Math.max(before, this.#given);
      return await this.#client.create(configMaps, { metadata: this.#key, data: { last: String(last) } });
    } catch (error) {
      if (!(error instanceof AlreadyExistsError)) throw error;
      return this.#client.get(configMaps, this.#key);
    }
  }

  /** @returns a number that no id is above that was given, as far as anything still tells */
  async #before(): Promise<number> {
    return Math.max(await this.#mark.read(), await this.#highest());
  }
}
