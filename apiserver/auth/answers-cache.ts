interface Entry<V> {
  readonly answer: Promise<V>;
  readonly until: number;
}

/**
 * Answers to questions put to somebody else, each kept for `lifetime` milliseconds, a no as well. Who asks what is
 * being asked already waits for that answer. A question that failed is not kept. At most `size` are; the oldest goes.
 */
export class AnswersCache<V> {
  readonly #lifetime: number;
  readonly #size: number;
  readonly #entries = new Map<string, Entry<V>>();

  constructor(lifetime = 10_000, size = 10_000) {
    this.#lifetime = lifetime;
    this.#size = size;
  }

  /** @returns what is known; undefined when it has to be asked. `now`: milliseconds that only grow. */
  known(question: string, now: number): Promise<V> | undefined {
    const entry = this.#entries.get(question);
    return entry !== undefined && now < entry.until ? entry.answer : undefined;
  }

  /** @returns the answer, asked for when it is not known. Rejects as `ask` does. */
  async get(question: string, now: number, ask: () => Promise<V>): Promise<V> {
    return this.known(question, now) ?? this.#ask(question, now, ask);
  }

  async #ask(question: string, now: number, ask: () => Promise<V>): Promise<V> {
    // Counted from the question on: the answer may be out of date when it comes.
    const entry: Entry<V> = { answer: ask(), until: now + this.#lifetime };
    this.#entries.delete(question);
    this.#entries.set(question, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#size && oldest !== undefined) this.#entries.delete(oldest);
    try {
      return await entry.answer;
    } catch (error) {
      if (this.#entries.get(question) === entry) this.#entries.delete(question);
      throw error;
    }
  }
}
