/**
 * Arithmetic of `make test` about time: which files took longest, what folders sum up to, and whose budget is exceeded.
 * All times are seconds.
 */

/** What a test file took, imports and hooks included. */
export interface FileTime {
  /** Relative to the checkout. */
  readonly file: string;
  readonly seconds: number;
  /** When it began and ended, since whatever beginning the samples count from. */
  readonly began: number;
  readonly ended: number;
}

/** How long the reference piece of work took, and when it was done. */
export interface Sample {
  readonly at: number;
  readonly seconds: number;
}

/** test/budget.json. */
export interface Budget {
  /** What the reference piece of work took, beside the tests, when the budgets were written. */
  readonly reference: number;
  /** For a file that is not named. */
  readonly default: number;
  readonly files: Readonly<Record<string, number>>;
}

export interface Excess {
  readonly file: string;
  readonly seconds: number;
  readonly budget: number;
  /** How many times slower than when the budgets were written the machine was while the file ran; at least 1. */
  readonly slowness: number;
}

/** So many times its budget a file may take. */
const tolerance = 3;
/** Budgets are so many times what was measured. */
const generosity = 1.5;

/** The files that took longest, the longest first. */
export function slowest(times: readonly FileTime[], count: number): readonly FileTime[] {
  return times.toSorted((a, b) => b.seconds - a.seconds).slice(0, count);
}

/** What the files of each folder (`test/unit/kube`, `test/integration/chart`) took together, the longest first. */
export function folderSums(times: readonly FileTime[]): readonly (readonly [folder: string, seconds: number])[] {
  const sums = new Map<string, number>();
  for (const { file, seconds } of times) {
    const folder = file.split('/').slice(0, -1).slice(0, 3).join('/');
    sums.set(folder, (sums.get(folder) ?? 0) + seconds);
  }
  return [...sums].toSorted(([, a], [, b]) => b - a);
}

/**
 * How much slower than when the budgets were written the machine was between two moments: the mean of the samples in
 * between, or else of those next to it. Never less than 1: on a quick machine a file may still have to wait as long as
 * anywhere, for a lease to expire for example.
 */
export function slownessDuring(
  samples: readonly Sample[],
  { began, ended }: Pick<FileTime, 'began' | 'ended'>,
  reference: number,
): number {
  const within = samples.filter(({ at }) => at >= began && at <= ended);
  const near = [samples.findLast(({ at }) => at < began), samples.find(({ at }) => at > ended)];
  const taken = within.length > 0 ? within : near.filter((sample) => sample !== undefined);
  if (taken.length === 0) return 1;
  const mean = taken.reduce((sum, { seconds }) => sum + seconds, 0) / taken.length;
  return Math.max(1, mean / reference);
}

/** The files that took more than three times what they may, on a machine that is as slow as the samples say. */
export function excesses(times: readonly FileTime[], samples: readonly Sample[], budget: Budget): readonly Excess[] {
  return times
    .map((time) => ({
      file: time.file,
      seconds: time.seconds,
      budget: budget.files[time.file] ?? budget.default,
      slowness: slownessDuring(samples, time, budget.reference),
    }))
    .filter(({ seconds, budget: given, slowness }) => seconds / slowness > tolerance * given);
}

/**
 * Budgets for the files of a run, generous ones, as if the machine had been equally busy all the time; a file that the
 * default covers is not named.
 * @throws Error when the reference piece of work was never measured
 */
export function budgetFrom(times: readonly FileTime[], samples: readonly Sample[], byDefault: number): Budget {
  const middle = samples.map(({ seconds }) => seconds).toSorted((a, b) => a - b)[Math.floor(samples.length / 2)];
  if (middle === undefined) throw new Error('the reference piece of work was never measured: run the tests first');
  const files = times
    .map((time) => [time.file, Math.ceil((time.seconds / slownessDuring(samples, time, middle)) * generosity)] as const)
    .filter(([, seconds]) => seconds > byDefault)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { reference: Math.round(middle * 1000) / 1000, default: byDefault, files: Object.fromEntries(files) };
}
