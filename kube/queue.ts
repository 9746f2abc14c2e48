/** Told of what the queue does, for metrics. Times in seconds. */
export interface QueueObserver {
  added(): void;
  retried(): void;
  depth(now: number): void;
  waited(seconds: number): void;
  worked(seconds: number): void;
}

export interface QueueOptions {
  /** First delay after a failure, milliseconds. */
  readonly initialBackoff?: number;
  readonly maxBackoff?: number;
  readonly observer?: QueueObserver;
}

/**
 * A queue of keys with client-go's guarantees: a key is never worked on twice at once; added again while it is worked
 * on, it comes back afterwards, once; failures of one key delay that key alone.
 */
export class WorkQueue {
  readonly #ready: string[] = [];
  #head = 0;
  /** Keys that need work, with the time they became so: in #ready, or waiting until their present pass ends. */
  readonly #dirty = new Map<string, number>();
  readonly #processing = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new Map<string, { readonly due: number; readonly timer: NodeJS.Timeout }>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  readonly #options: Required<Omit<QueueOptions, 'observer'>> & Pick<QueueOptions, 'observer'>;
  #closed = false;

  constructor(options: QueueOptions = {}) {
    this.#options = { initialBackoff: 5, maxBackoff: 1_000_000, ...options };
  }

  /** Keys waiting for a worker. */
  get depth(): number {
    return this.#ready.length - this.#head;
  }

  /** Since when each key under work has been, milliseconds of performance.now(). */
  get processing(): ReadonlyMap<string, number> {
    return this.#processing;
  }

  add(key: string): void {
    if (this.#closed || this.#dirty.has(key)) return;
    this.#dirty.set(key, performance.now());
    this.#options.observer?.added();
    if (!this.#processing.has(key)) this.#offer(key);
  }

  /** Adds after a delay (milliseconds); of several delays for one key, the shortest counts. */
  addAfter(key: string, delay: number): void {
    if (delay <= 0) {
      this.add(key);
      return;
    }
    if (this.#closed) return;
    const due = performance.now() + delay;
    const earlier = this.#delayed.get(key);
    if (earlier !== undefined && earlier.due <= due) return;
    clearTimeout(earlier?.timer);
    const fire = (): void => {
      this.#delayed.delete(key);
      this.add(key);
    };
    // Node takes longer delays for 1 ms. A pass a little early is harmless.
    this.#delayed.set(key, { due, timer: setTimeout(fire, Math.min(delay, 0x7fff_ffff)) });
  }

  /** Adds after a delay that doubles with each failure of this key, until `forget`. */
  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.#options.observer?.retried();
    this.addAfter(key, Math.min(this.#options.maxBackoff, this.#options.initialBackoff * 2 ** failures));
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** @returns the next key, or undefined once the queue is closed. Every key taken must be given back with `done`. */
  async take(): Promise<string | undefined> {
    if (this.#closed) return undefined;
    if (this.depth > 0) return this.#start(this.#shift());
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  done(key: string): void {
    const since = this.#processing.get(key);
    if (since === undefined) return;
    this.#processing.delete(key);
    this.#options.observer?.worked((performance.now() - since) / 1000);
    if (this.#dirty.has(key) && !this.#closed) this.#offer(key);
  }

  /** No key is handed out any more; those under work may finish. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #offer(key: string): void {
    const taker = this.#takers.shift();
    if (taker !== undefined) {
      taker(this.#start(key));
      return;
    }
    this.#ready.push(key);
    this.#options.observer?.depth(this.depth);
  }

  #shift(): string {
    const key = this.#ready[this.#head];
    if (key === undefined) throw new Error('take from an empty queue');
    this.#head += 1;
    // Array.shift moves every element; with tens of thousands of keys that is most of the work.
    if (this.#head > 1024 && this.#head * 2 > this.#ready.length) {
      this.#ready.splice(0, this.#head);
      this.#head = 0;
    }
    return key;
  }

  #start(key: string): string {
    const now = performance.now();
    this.#options.observer?.waited((now - (this.#dirty.get(key) ?? now)) / 1000);
    this.#options.observer?.depth(this.depth);
    this.#dirty.delete(key);
    this.#processing.set(key, now);
    return key;
  }
}
