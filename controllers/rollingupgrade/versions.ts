/** Versions of a search engine: three numbers with dots. */

function numbersOf(version: string): readonly number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10));
}

/** @returns below 0 when the first is older, above 0 when it is newer */
function compare(one: string, other: string): number {
  const [left, right] = [numbersOf(one), numbersOf(other)];
  const difference = left.map((number, index) => number - (right[index] ?? 0)).find((number) => number !== 0);
  return difference ?? 0;
}

export function isOlder(version: string, than: string): boolean {
  return compare(version, than) < 0;
}

export function oldest(versions: readonly string[]): string | undefined {
  return versions.toSorted(compare)[0];
}

/** From this version on nodes of 2.x may be replaced by such of 3.x. */
const lastOfTwo = '2.19.0';

/** @returns why a node cannot go from one version to the other; undefined when it can */
export function pathProblem(from: string, to: string): string | undefined {
  if (isOlder(to, from)) return `${from} is newer than ${to}, and nothing is taken back to an older version`;
  const [fromMajor = 0] = numbersOf(from);
  const [toMajor = 0] = numbersOf(to);
  if (toMajor > fromMajor + 1)
    return `from ${from} to ${to} is more than one major version: upgrade to ${fromMajor + 1}.x first`;
  if (toMajor === 3 && fromMajor === 2 && isOlder(from, lastOfTwo))
    return `${to} can be reached from ${lastOfTwo} or a later 2.x only: upgrade to that first`;
  return undefined;
}
