import { compareContent, type ComparedContent, type ContentFolders, type ContentVerdict } from './content.ts';

/** Milliseconds after which what could not be compared is tried again. */
const tryAgain = 55_000;
/** How many volumes are read at once: they come over the network, and other work goes on beside. */
const width = 2;

interface Comparison {
  readonly key: string;
  readonly folders: ContentFolders;
  readonly content: ComparedContent;
}

/**
 * Comparisons of volumes with their backups, which take as long as it takes to read a volume: they go on beside the
 * passes. What is forgotten with the process is compared once more.
 */
export class Comparisons {
  readonly #verdicts = new Map<string, ContentVerdict & { readonly at: number }>();
  readonly #waiting: Comparison[] = [];
  readonly #known = new Set<string>();
  readonly #end = new AbortController();
  readonly #onEnd: (key: string) => void;
  #underWay = 0;

  /** @param onEnd told the key of each comparison that has ended */
  constructor(onEnd: (key: string) => void) {
    this.#onEnd = onEnd;
  }

  /** @returns what it came to; undefined while it goes on, or waits for its turn. Begun when it was not yet */
  verdict(key: string, folders: ContentFolders, content: ComparedContent): ContentVerdict | undefined {
    const known = this.#verdicts.get(key);
    if (known?.verdict === 'unknown' && performance.now() - known.at > tryAgain) this.forget(key);
    else if (known !== undefined || this.#known.has(key)) return known;
    this.#known.add(key);
    this.#waiting.push({ key, folders, content });
    this.#next();
    return undefined;
  }

  /** Also to have it compared anew. */
  forget(key: string): void {
    this.#verdicts.delete(key);
    this.#known.delete(key);
  }

  /** Ends those under way. */
  close(): void {
    this.#end.abort();
  }

  #next(): void {
    const next = this.#underWay < width ? this.#waiting.shift() : undefined;
    if (next === undefined) return;
    this.#underWay += 1;
    void this.#compare(next);
  }

  async #compare({ key, folders, content }: Comparison): Promise<void> {
    let verdict: ContentVerdict;
    try {
      verdict = await compareContent(folders, content, this.#end.signal);
    } catch (error) {
      verdict = { verdict: 'unknown', message: error instanceof Error ? error.message : String(error) };
    }
    this.#underWay -= 1;
    if (this.#end.signal.aborted) return;
    // Forgotten meanwhile: nobody asks any more.
    if (this.#known.has(key)) this.#verdicts.set(key, { ...verdict, at: performance.now() });
    this.#onEnd(key);
    this.#next();
  }
}
