/** Reads of one kind in one round. */
export interface ReadFigures {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of processor time of the server for each read. */
  readonly cpu: number;
  /** How much of one processor the load generator used: near 1, it was the generator that was measured. */
  readonly generator: number;
}

/** Creates of one kind in one round, milliseconds. */
export interface CreateFigures {
  readonly p50: number;
  readonly p99: number;
}

export interface Pair<F> {
  readonly apiserver: F;
  readonly facade: F;
}

/** MiB resident once it does not change any more. */
export interface MemoryFigures {
  readonly empty: number;
  readonly filled: number;
  readonly tasks: number;
}

/**
 * What was measured of the facade; of cases that were not run there is nothing. Lists have one entry for each round.
 */
export interface FacadeFigures {
  readonly reads: readonly Pair<ReadFigures>[];
  readonly creates: readonly Pair<CreateFigures>[];
  readonly memory?: MemoryFigures;
}
