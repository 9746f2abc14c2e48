/**
 * What becomes of one write of a process. `refused`: not carried out. `answer lost`: carried out, and the caller is not
 * told.
 */
export type Fate = 'goes well' | 'refused' | 'answer lost' | 'dies after it';

export interface LifeOptions {
  /** Whether calls wait for `resume`, so that passes can overlap; otherwise they go on at once. */
  readonly interleave: boolean;
  /** Asked once for each write, with its number (from 1) and what it is. */
  readonly fate: (write: number, what: string) => Fate;
  readonly onDeath: (what: string) => void;
}

interface Turn {
  readonly what: string;
  readonly resume: () => void;
}

/**
 * The life of one controller process: every call to the outside goes through it. When the process dies its calls never
 * return, so that none of its code runs on, not even a `finally`.
 */
export class Life {
  readonly #options: LifeOptions;
  readonly #turns: Turn[] = [];
  #alive = true;
  #writes = 0;

  constructor(options: LifeOptions) {
    this.#options = options;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get writes(): number {
    return this.#writes;
  }

  /** How many calls wait to go on. */
  get waiting(): number {
    return this.#turns.length;
  }

  resume(index: number): void {
    this.#turns.splice(index, 1)[0]?.resume();
  }

  async read<T>(what: string, look: () => T): Promise<T> {
    await this.#turn(what);
    return look();
  }

  /**
   * @param failures makes the errors for writes that fail while the process lives; absent: this kind of write cannot
   */
  async write<T>(
    what: string,
    carryOut: () => T,
    failures?: { readonly refused: () => Error; readonly answerLost: () => Error },
  ): Promise<T> {
    await this.#turn(what);
    this.#writes += 1;
    const fate = this.#options.fate(this.#writes, what);
    if (fate === 'refused' && failures !== undefined) throw failures.refused();
    const answer = carryOut();
    if (fate === 'answer lost' && failures !== undefined) throw failures.answerLost();
    if (fate === 'dies after it') {
      this.die(what);
      await never();
    }
    return answer;
  }

  die(what: string): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#turns.length = 0;
    this.#options.onDeath(what);
  }

  async #turn(what: string): Promise<void> {
    if (!this.#alive) await never();
    if (this.#options.interleave) await new Promise<void>((resume) => this.#turns.push({ what, resume }));
  }
}

function never(): Promise<never> {
  return Promise.withResolvers<never>().promise;
}
