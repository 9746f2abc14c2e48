import type { Cache } from './api.ts';

/**
 * A watch that brought nothing for this long (milliseconds) makes the process not ready: bookmarks come about once a
 * minute.
 */
const silentTooLong = 180_000;

/**
 * @returns the caches of all APIs by their names.
 * @throws Error when two have one name, of which the metrics could show one only
 */
export function joinCaches(each: readonly Readonly<Record<string, Cache>>[]): Readonly<Record<string, Cache>> {
  const entries = each.flatMap((caches) => Object.entries(caches));
  const joined = Object.fromEntries(entries);
  if (Object.keys(joined).length < entries.length)
    throw new Error(`two caches have one name (${entries.map(([name]) => name).join(', ')}): give each its own`);
  return joined;
}

/** @returns why they cannot be answered from, undefined when they can */
export function firstProblem(caches: readonly Cache[]): string | undefined {
  return caches.map(problemOf).find((problem) => problem !== undefined);
}

function problemOf({ type, hasSynced, lastContact }: Cache): string | undefined {
  if (!hasSynced) return `waiting for the first list of ${type.plural}`;
  return performance.now() - lastContact > silentTooLong
    ? `nothing heard from the API server for ${silentTooLong / 1000} s`
    : undefined;
}
