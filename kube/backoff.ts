import { within } from './waiting.ts';

export interface BackoffOptions {
  /** First delay, milliseconds. */
  readonly initial: number;
  readonly max: number;
  readonly factor: number;
  /** 0.5 means: between half and one and a half times the delay. Keeps a fleet of clients from coming back in step. */
  readonly jitter: number;
}

/** client-go's reflector: 0.8 s to 30 s. */
export const reflectorBackoff: BackoffOptions = { initial: 800, max: 30_000, factor: 2, jitter: 0.5 };

/** Delays that grow with each failure until `reset` is called. */
export class Backoff {
  #failures = 0;
  readonly #options: BackoffOptions;
  readonly #random: () => number;

  constructor(options: BackoffOptions, random: () => number = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  /** @returns milliseconds to wait before the next try; never less than `atLeast` (a server's Retry-After). */
  next(atLeast = 0): number {
    const { initial, max, factor, jitter } = this.#options;
    const base = Math.min(max, initial * factor ** this.#failures);
    this.#failures += 1;
    return Math.max(atLeast, base * (1 - jitter + 2 * jitter * this.#random()));
  }

  reset(): void {
    this.#failures = 0;
  }
}

/** Waits, or returns early when the signal aborts; never throws, so that loops end at their own condition. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  // A promise of its own each time: one that is shared and never settles would gather what waits for it for ever.
  await within(new Promise<never>(() => undefined), signal, milliseconds);
}
