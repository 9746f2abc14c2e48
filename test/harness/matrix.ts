/**
 * How much of each matrix is run. `make test` keeps every idea once; `make test-nightly`, which sets
 * FLEETWRIGHT_NIGHTLY=1, runs all of it: every step of every crash, hundreds of seeds, storms. Tests ask here and
 * nowhere else.
 */
export const nightly = process.env['FLEETWRIGHT_NIGHTLY'] === '1';

/** So many of something: posts, tasks, objects, kills. */
export function amount(byDay: number, byNight: number): number {
  return nightly ? byNight : byDay;
}

/** Seeds from 1 on, so many. */
export function seeds(byDay: number, byNight: number): readonly number[] {
  return Array.from({ length: amount(byDay, byNight) }, (_, index) => index + 1);
}

/** All variants by night; by day those that are chosen. */
export function variants<T>(all: readonly T[], chosen: readonly T[]): readonly T[] {
  return nightly ? all : chosen;
}

/** Milliseconds that a test may take: ten times as long by night. */
export function patience(byDay: number): number {
  return amount(byDay, 10 * byDay);
}
