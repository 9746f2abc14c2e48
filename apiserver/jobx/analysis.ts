import type { Tally } from '../../history/store.ts';

/** Minutes, the lower bound included, as the history has them. */
const spans = ['0-1', '1-3', '3-5', '5-10', '10-30', '30+'] as const;

/** @returns how many tasks there are, by their status */
export function countByStatus(tallies: readonly Tally[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = { success: 0, running: 0, fail: 0 };
  for (const { outcome, total } of tallies) counts[outcome] = (counts[outcome] ?? 0) + total;
  return counts;
}

/** @returns `[day, tasks, those that did well]` of each day on which tasks began */
export function byDate(tallies: readonly Tally[]): readonly (readonly [string, number, number])[] {
  const found = new Map<string, [string, number, number]>();
  for (const { day, outcome, total } of tallies) {
    const [, all, well] = found.get(day) ?? [day, 0, 0];
    found.set(day, [day, all + total, well + (outcome === 'success' ? total : 0)]);
  }
  return [...found.values()].toSorted(([one], [other]) => (one < other ? -1 : 1));
}

/** @returns `[hour, tasks]` of each hour of the day in which tasks began */
export function byHour(tallies: readonly Tally[]): readonly (readonly [string, number])[] {
  return Array.from({ length: 24 }, (_, hour): readonly [string, number] => [
    String(hour).padStart(2, '0'),
    sum(tallies.map(({ hours }) => hours[hour] ?? 0)),
  ]).filter(([, count]) => count > 0);
}

/** @returns percentages with two decimals by how many minutes tasks took; those that go on take the longest */
export function byRuntime(tallies: readonly Tally[]): Readonly<Record<string, string | number>> {
  const all = sum(tallies.map(({ total }) => total));
  return Object.fromEntries(
    spans.map((span, place) => {
      const count = sum(tallies.map((tally) => tally.spans[place] ?? 0));
      return [span, all === 0 ? 0 : ((100 * count) / all).toFixed(2)];
    }),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
