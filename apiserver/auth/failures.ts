/**
 * Callers that are remembered at most; beyond it the oldest is forgotten, so that a flood of addresses costs no memory.
 */
const maxCallers = 10_000;

/**
 * Counts failed logins per caller: after `limit` of them within `window` milliseconds, the caller is over the limit
 * until the window is past.
 */
export class FailureLimit {
  readonly #limit: number;
  readonly #window: number;
  readonly #failures = new Map<string, { count: number; readonly since: number }>();

  constructor(limit = 20, window = 60_000) {
    this.#limit = limit;
    this.#window = window;
  }

  /** @returns after how many milliseconds the caller is within the limit again; 0: it is. */
  blockedFor(caller: string, now: number): number {
    const entry = this.#failures.get(caller);
    if (entry === undefined || entry.count < this.#limit) return 0;
    return Math.max(0, entry.since + this.#window - now);
  }

  /** Takes note of a failure; `now` in milliseconds that only grow. */
  failed(caller: string, now: number): void {
    const entry = this.#failures.get(caller);
    if (entry !== undefined && now - entry.since < this.#window) {
      entry.count += 1;
      return;
    }
    this.#failures.delete(caller);
    this.#failures.set(caller, { count: 1, since: now });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > maxCallers && oldest !== undefined) this.#failures.delete(oldest);
  }
}
