import type { Database } from './database.ts';

interface Waiting {
  readonly work: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Calls that share a commit. More would keep the process from all else for too long. */
const most = 100;

/**
 * Lets calls that come together share one commit: what a commit takes is mostly the wait for the disk. Each call is
 * still done wholly or not at all, whatever becomes of the others, and is on the disk when its promise resolves.
 */
export class Commits {
  readonly #database: Database;
  #waiting: Waiting[] = [];
  #scheduled = false;

  constructor(database: Database) {
    this.#database = database;
  }

  async run<R>(work: () => R): Promise<R> {
    const done = Promise.withResolvers<void>();
    let result: { readonly value: R } | undefined;
    this.#waiting.push({
      work: () => {
        result = { value: work() };
      },
      resolve: done.resolve,
      reject: done.reject,
    });
    this.#schedule();
    await done.promise;
    if (result === undefined) throw new Error('a call of the history was answered before it was done');
    return result.value;
  }

  /** Does what waits. */
  flush(): void {
    while (this.#waiting.length > 0) this.#commit(this.#waiting.splice(0, most));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After all that is ready to run now, which may bring more calls.
    setImmediate(() => {
      this.#scheduled = false;
      this.#commit(this.#waiting.splice(0, most));
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  #commit(calls: readonly Waiting[]): void {
    if (calls.length === 0) return;
    const failed = new Map<Waiting, unknown>();
    try {
      this.#database.transaction(() => {
        for (const call of calls) this.#attempt(call, failed);
      });
    } catch (error) {
      for (const { reject } of calls) reject(error);
      return;
    }
    for (const call of calls) {
      if (failed.has(call)) call.reject(failed.get(call));
      else call.resolve();
    }
  }

  #attempt(call: Waiting, failed: Map<Waiting, unknown>): void {
    try {
      this.#database.transaction(call.work);
    } catch (error) {
      // The transaction of all is gone (the disk is full, say), and with it what the calls before this one did.
      if (!this.#database.inTransaction) throw error;
      failed.set(call, error);
    }
  }
}
