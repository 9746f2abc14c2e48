import { setTimeout } from 'node:timers/promises';

/** Milliseconds after which the next eviction of a budget goes out although the one before it is not answered yet. */
const patience = 60;

/**
 * Lets evictions of one budget go out one after the other, since of those that meet in the API server all but one wait
 * there for half a second, and try again. One that takes longer, because it met somebody else's, holds up none.
 */
export class EvictionTurns {
  readonly #last = new Map<string, Promise<void>>();

  /** @param budget by its key; undefined for a pod that has none, which waits for nothing. @returns the answer */
  async take<T>(budget: string | undefined, evict: () => Promise<T>): Promise<T> {
    if (budget === undefined) return evict();
    const before = this.#last.get(budget);
    const answer = before === undefined ? evict() : before.then(evict);
    const over = this.#overSoon(before, answer);
    this.#last.set(budget, over);
    void this.#forget(budget, over);
    return answer;
  }

  async #overSoon(before: Promise<void> | undefined, answer: Promise<unknown>): Promise<void> {
    await before;
    await Promise.race([answer.catch(() => undefined), setTimeout(patience, undefined, { ref: false })]);
  }

  async #forget(budget: string, over: Promise<void>): Promise<void> {
    await over;
    if (this.#last.get(budget) === over) this.#last.delete(budget);
  }
}
