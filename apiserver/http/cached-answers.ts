/**
 * Beyond this many characters a text is written anew each time: kept ones must not take more memory than the objects
 * themselves.
 */
const keepUpTo = 4096;

/**
 * Answers about objects as texts. Clients ask for one object over and over, and an object in the cache is one and the
 * same until it changes, so that its text is written once.
 */
export class CachedAnswers<T extends object> {
  readonly #answer: (object: T) => object;
  readonly #texts = new WeakMap<T, string>();

  /** @param answer the whole answer about an object */
  constructor(answer: (object: T) => object) {
    this.#answer = answer;
  }

  /** @returns the whole answer, in JSON */
  textOf(object: T): string {
    const kept = this.#texts.get(object);
    if (kept !== undefined) return kept;
    const text = JSON.stringify(this.#answer(object));
    if (text.length <= keepUpTo) this.#texts.set(object, text);
    return text;
  }
}
