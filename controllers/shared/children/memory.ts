/** Why the API server made no child, and when it said so. */
export interface ChildRefusal {
  readonly message: string;
  readonly at: Date;
}

/**
 * What this process remembers of one parent between passes. A new process begins without, and finds everything again in
 * the API.
 */
export interface ParentMemory {
  readonly uid: string;
  /** Names of children that were made, but that the cache did not show yet. */
  readonly unseen: Set<string>;
  /** Names of children that the API server refused the last time: others are tried first. */
  readonly refused: Set<string>;
  refusal: ChildRefusal | undefined;
  /** When the status was last written. */
  reportedAt: Date | undefined;
}

/** Memories by the key of the parent. */
export class ParentMemories {
  readonly #memories = new Map<string, ParentMemory>();

  /** Empty for a parent that is new, also when an earlier one bore its name. */
  of(key: string, uid: string): ParentMemory {
    const known = this.#memories.get(key);
    if (known?.uid === uid) return known;
    const fresh: ParentMemory = {
      uid,
      unseen: new Set(),
      refused: new Set(),
      refusal: undefined,
      reportedAt: undefined,
    };
    this.#memories.set(key, fresh);
    return fresh;
  }

  /** Somebody took the child away with its finalizer before a pass saw it: nobody may wait for it. */
  childGone(key: string, name: string): void {
    this.#memories.get(key)?.unseen.delete(name);
  }

  forget(key: string): void {
    this.#memories.delete(key);
  }
}
