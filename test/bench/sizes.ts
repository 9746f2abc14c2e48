import type { FleetSize } from './drain/fleet.ts';

/** How much work each case is. */
export interface Sizes {
  readonly burst: number;
  readonly perSecond: number;
  /** Creates at that pace before the measured ones: a process that was just started has compiled nothing yet. */
  readonly warmUp: number;
  readonly steady: number;
  readonly backlog: number;
  readonly many: number;
  /** Of the facade: tasks that are there, seconds of reading, and creates of each kind in a round. */
  readonly tasks: number;
  readonly readSeconds: number;
  readonly creates: number;
  /** Of the history: finished tasks that wait for the recorder, and tasks in the store alone. */
  readonly recorded: number;
  readonly stored: number;
  /** Runs on groups in lists, of which those of the one number are compared with those of the other. */
  readonly listed: { readonly few: number; readonly many: number };
  /** Hosts of tasks on groups, all at once; rising. */
  readonly grouped: readonly number[];
  /** Of the drain. */
  readonly fleet: FleetSize;
}

/** What docs/performance.md speaks of. */
export const fullSizes: Sizes = {
  burst: 2000,
  perSecond: 20,
  warmUp: 100,
  steady: 300,
  backlog: 10_000,
  many: 30_000,
  tasks: 10_000,
  readSeconds: 10,
  creates: 500,
  recorded: 5000,
  stored: 100_000,
  listed: { few: 1000, many: 200_000 },
  grouped: [100, 1000, 10_000],
  fleet: { nodes: 1000, pods: 10_000, zones: 5 },
};

/** Enough to see that everything runs; too little to compare by. */
export const quickSizes: Sizes = {
  burst: 300,
  perSecond: 20,
  warmUp: 20,
  steady: 60,
  backlog: 1000,
  many: 2000,
  tasks: 500,
  readSeconds: 2,
  creates: 50,
  recorded: 300,
  stored: 5000,
  listed: { few: 500, many: 5000 },
  grouped: [100, 300],
  fleet: { nodes: 60, pods: 600, zones: 5 },
};
