/** Why the API server made no child, and when it said so. */
export interface Refusal {
  readonly message: string;
  readonly at: Date;
}

/** What this process remembers of one parent between passes. A new process begins without, and finds everything again in the API. */
export interface Notes {
  readonly uid: string;
  /** Names of children that were made, but that the cache did not show yet. */
  readonly unseen: Set<string>;
  /** Names of children that the API server refused the last time: others are tried first. */
  readonly refused: Set<string>;
  refusal: Refusal | undefined;
  /** When the status was last written. */
  reportedAt: Date | undefined;
}

/** Notes by the key of the parent. */
export class ParentNotes {
  readonly #notes = new Map<string, Notes>();

  /** Empty for a parent that is new, also when an earlier one bore its name. */
  of(key: string, uid: string): Notes {
    const known = this.#notes.get(key);
    if (known?.uid === uid) return known;
    const notes: Notes = { uid, unseen: new Set(), refused: new Set(), refusal: undefined, reportedAt: undefined };
    this.#notes.set(key, notes);
    return notes;
  }

  /** Somebody took the child away with its finalizer before a pass saw it: nobody may wait for it. */
  childGone(key: string, name: string): void {
    this.#notes.get(key)?.unseen.delete(name);
  }

  forget(key: string): void {
    this.#notes.delete(key);
  }
}
