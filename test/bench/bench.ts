import type { Client } from '../../kube/client.ts';
import type { Log } from '../cluster/binaries/progress.ts';
import type { Measurements } from './figures.ts';
import type { Load } from './load.ts';
import { RunningManager, type Host, type VariantName } from './managers.ts';
import { ReadyWatch } from './ready-watch.ts';
import type { Sizes } from './sizes.ts';

/** What the cases share. */
export interface Bench {
  readonly host: Host;
  readonly client: Client;
  readonly load: Load;
  readonly measurements: Measurements;
  readonly sizes: Sizes;
  readonly rounds: number;
  readonly variants: readonly VariantName[];
  readonly log: Log;
}

/** A manager under measurement, with the driver's watch that was open before it began. */
export interface Subject {
  readonly manager: RunningManager;
  readonly watch: ReadyWatch;
  /** Resolves when all of these are Ready. Throws BenchError when the manager ends before, or when it takes minutes. */
  allReady(names: Iterable<string>): Promise<void>;
}

/** No case takes nearly as long, milliseconds. A manager that hangs must not hang the benchmark. */
const longest = 10 * 60_000;

/**
 * Every round gives each manager one turn, and each round begins with another one: what else the machine does, and how
 * the API server ages, then falls on all alike.
 */
export async function inTurns(
  bench: Bench,
  title: string,
  turn: (variant: VariantName, run: string) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < bench.rounds; round += 1) {
    const first = round % bench.variants.length;
    for (const variant of [...bench.variants.slice(first), ...bench.variants.slice(0, first)]) {
      bench.log(`${title}, round ${round + 1} of ${bench.rounds}: ${variant}`);
      await turn(variant, `${variant}-${round}`);
    }
  }
}

/** Runs a manager for as long as `work` takes. */
export async function withManager(
  bench: Bench,
  variant: VariantName,
  work: (subject: Subject) => Promise<void>,
): Promise<void> {
  const watch = await ReadyWatch.open(bench.client, bench.load.namespace);
  try {
    const manager = await RunningManager.start(variant, bench.host);
    try {
      await work({ manager, watch, allReady: (names) => manager.during(watch.allReady(names, longest)) });
    } finally {
      await manager.stop();
    }
  } finally {
    watch.close();
  }
}

/**
 * As withManager, but `work` begins when the manager has made a first object Ready: it leads, and its caches are
 * filled.
 */
export async function withWorkingManager(
  bench: Bench,
  variant: VariantName,
  run: string,
  work: (subject: Subject) => Promise<void>,
): Promise<void> {
  const probe = [`probe-${run}`];
  await bench.load.createAll(probe);
  await withManager(bench, variant, async (subject) => {
    await subject.allReady(probe);
    await work(subject);
  });
  await bench.load.deleteAll(probe);
}
