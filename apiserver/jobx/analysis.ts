import type { AgentTask } from '../../crds/types/agenttask.ts';
import { runtimeOf, statusOf, userOf } from './reports.ts';

const day = 86_400_000;
const days = 30;
/** Minutes, the lower bound included. */
const spans = [
  ['0-1', 1],
  ['1-3', 3],
  ['3-5', 5],
  ['5-10', 10],
  ['10-30', 30],
  ['30+', Infinity],
] as const;

/** @returns how many tasks began this month, by their status */
export function countByStatus(tasks: readonly AgentTask[], now: Date): Readonly<Record<string, number>> {
  const month = now.toISOString().slice(0, 7);
  const counts: Record<string, number> = { success: 0, running: 0, fail: 0 };
  for (const task of tasks) {
    if (!startOf(task).startsWith(month)) continue;
    const status = statusOf(task);
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

/** @returns the last ones, the youngest first. @param tasks the eldest first */
export function lastOf(tasks: readonly AgentTask[], count: number): readonly object[] {
  return tasks
    .slice(-count)
    .toReversed()
    .map((task) => ({
      user: userOf(task),
      runtime: runtimeOf(task),
      status: statusOf(task),
      name: task.spec.jobRef?.name ?? task.metadata.name,
    }));
}

/** @returns `[day, tasks, those that did well]` of each day on which tasks began */
export function byDate(tasks: readonly AgentTask[], now: Date): readonly (readonly [string, number, number])[] {
  const found = new Map<string, [string, number, number]>();
  for (const task of recent(tasks, now)) {
    const date = startOf(task).slice(0, 10);
    const line = found.get(date) ?? [date, 0, 0];
    found.set(date, [date, line[1] + 1, line[2] + (statusOf(task) === 'success' ? 1 : 0)]);
  }
  return [...found.values()].toSorted(([one], [other]) => (one < other ? -1 : 1));
}

/** @returns `[hour, tasks]` of each hour of the day in which tasks began */
export function byHour(tasks: readonly AgentTask[], now: Date): readonly (readonly [string, number])[] {
  const found = new Map<string, number>();
  for (const task of recent(tasks, now)) {
    const hour = startOf(task).slice(11, 13);
    found.set(hour, (found.get(hour) ?? 0) + 1);
  }
  return [...found].toSorted(([one], [other]) => (one < other ? -1 : 1));
}

/** @returns percentages with two decimals by how many minutes tasks took; those that go on take the longest */
export function byRuntime(tasks: readonly AgentTask[], now: Date): Readonly<Record<string, string | number>> {
  const all = recent(tasks, now);
  const minutes = all.map((task) => Number(runtimeOf(task) ?? Infinity) / 60);
  return Object.fromEntries(
    spans.map(([span, end], index) => {
      const start = spans[index - 1]?.[1] ?? 0;
      const count = minutes.filter((took) => took >= start && (took < end || end === Infinity)).length;
      return [span, all.length === 0 ? 0 : ((100 * count) / all.length).toFixed(2)];
    }),
  );
}

function recent(tasks: readonly AgentTask[], now: Date): readonly AgentTask[] {
  const since = new Date(now.getTime() - days * day).toISOString().slice(0, 10);
  return tasks.filter((task) => startOf(task) >= since);
}

/** RFC 3339; empty for one that has not begun. */
function startOf({ status }: AgentTask): string {
  return status?.startTime ?? '';
}
