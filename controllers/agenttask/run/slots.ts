/**
 * How many runs this process has under way at once, first come, first served. Kept in memory on purpose: after a
 * restart it is filled anew from the runs that are found.
 */
export class Slots {
  readonly limit: number;
  readonly #taken = new Set<string>();
  /** In the order of asking. */
  readonly #waiting = new Set<string>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get taken(): number {
    return this.#taken.size;
  }

  has(key: string): boolean {
    return this.#taken.has(key);
  }

  /** Whether `take` would succeed now: there is a free slot for everybody who asked before, too. Does not queue. */
  open(key: string): boolean {
    if (this.#taken.has(key)) return true;
    let ahead = 0;
    for (const waiting of this.#waiting) {
      if (waiting === key) break;
      ahead += 1;
    }
    return ahead < this.limit - this.#taken.size;
  }

  /** Takes a slot, or a place in the queue. */
  take(key: string): boolean {
    if (!this.open(key)) {
      this.#waiting.add(key);
      return false;
    }
    this.occupy(key);
    return true;
  }

  /** For a run that is under way already, whatever the limit says. */
  occupy(key: string): void {
    this.#waiting.delete(key);
    this.#taken.add(key);
  }

  /** Gives back the slot or the place in the queue. @returns the keys that may try now. */
  leave(key: string): readonly string[] {
    const waited = this.#waiting.delete(key);
    const held = this.#taken.delete(key);
    return waited || held ? [...this.#waiting].slice(0, Math.max(0, this.limit - this.#taken.size)) : [];
  }
}
