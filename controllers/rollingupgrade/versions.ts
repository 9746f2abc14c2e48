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

/** Why something is no way to a version, and what is one. */
export interface PathProblem {
  readonly what: string;
  readonly fix: string;
}

/** @returns why a node cannot go from one version to the other; undefined when it can */
export function pathProblem(from: string, to: string): PathProblem | undefined {
  const fix = 'correct spec.targetVersion';
  if (isOlder(to, from))
    return { what: `${from} is newer than ${to}, and nothing is taken back to an older version`, fix };
  const [fromMajor = 0] = numbersOf(from);
  const [toMajor = 0] = numbersOf(to);
  if (toMajor > fromMajor + 1)
    return { what: `from ${from} to ${to} is more than one major version`, fix: `upgrade to ${fromMajor + 1}.x first` };
  if (toMajor === 3 && fromMajor === 2 && isOlder(from, lastOfTwo))
    return { what: `${to} can be reached from ${lastOfTwo} or a later 2.x only`, fix: 'upgrade to that first' };
  return undefined;
}

/** The version in which an index was made; OpenSearch reads those of its predecessor as well. */
export interface CreatedVersion {
  readonly engine: 'OpenSearch' | 'Elasticsearch';
  readonly version: string;
}

/** By this bit versions of OpenSearch are told from those of its predecessor. */
const openSearchBit = 0x08_00_00_00;

/** @param id as `index.version.created` has it. @returns undefined for what is none */
export function createdVersion(id: string): CreatedVersion | undefined {
  if (!/^[0-9]{6,10}$/.test(id)) return undefined;
  const isOpenSearch = Number(id) >= openSearchBit;
  const number = isOpenSearch ? Number(id) - openSearchBit : Number(id);
  const [major, minor, revision] = [1_000_000, 10_000, 100].map((unit) => Math.floor(number / unit) % 100);
  return { engine: isOpenSearch ? 'OpenSearch' : 'Elasticsearch', version: `${major}.${minor}.${revision}` };
}

/** @returns which indices a version reads: those of its own major version and of the one before, and in words */
export function oldestReadable(target: string): {
  readonly isReadable: (created: CreatedVersion) => boolean;
  readonly what: string;
} {
  const [major = 0] = numbersOf(target);
  // 1.x counts as 7.x of the predecessor.
  const predecessor = major <= 2 ? major + 5 : undefined;
  const own = Math.max(major - 1, 1);
  return {
    isReadable: ({ engine, version }) => {
      const [made = 0] = numbersOf(version);
      return engine === 'OpenSearch' ? made >= own : predecessor !== undefined && made >= predecessor;
    },
    what: `OpenSearch ${own}.0.0${predecessor === undefined ? '' : ` or Elasticsearch ${predecessor}.0.0`} and later`,
  };
}
