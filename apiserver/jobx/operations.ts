import { requestedByAnnotation } from '../../crds/labels.ts';
import { listedOperations } from '../../crds/operations.ts';
import { agentTasks } from '../../crds/types/agenttask.ts';
import { deployGroups } from '../../crds/types/deploygroup.ts';
import { deployGroupHistory } from '../../history/deploygroup/kind.ts';
import type { HistoryReader, LoggedOperation } from '../../history/store.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { Caller } from '../auth/caller.ts';
import { groupNameOf } from './groups.ts';
import type { Mode } from './mode.ts';
import type { Project } from './projects.ts';
import { timeText } from './times.ts';
import { uuidInName, uuidOf } from './uuids.ts';

interface Line {
  readonly user: string;
  readonly operation: string;
  readonly what: 'group' | 'task';
  /** What callers call it by. */
  readonly name: string;
  readonly time: string;
  /** By which it comes in the list, in milliseconds. */
  readonly at: number;
  /** The same for the same operation wherever it was found. */
  readonly key: string;
}

/** An operation with its place in the log. */
interface NumberedLine extends Line {
  readonly id: number;
}

/** Milliseconds by which the history may lag behind the caches. */
const lag = 60_000;

/**
 * What was done to the groups and tasks of a project, the latest first. Of those that are gone as far as a history is
 * kept.
 * @param before only those before the one with this id
 * @throws AuthError, HistoryError
 */
export async function operationsOf(
  project: Project,
  caller: Caller,
  { tells }: Mode,
  { limit, before }: { readonly limit: number; readonly before: number | undefined },
): Promise<readonly object[]> {
  const groups = await project.allGroups(caller);
  const runs = await project.runs(caller);
  const present = [
    ...groups.flatMap((group) => linesOf(group, 'add', 'group', groupNameOf(group))),
    ...runs.flatMap((task) => linesOf(task, 'start', 'task', uuidOf(task))),
  ];
  const names = new Map([
    ...groups.map((group) => [group.metadata.uid ?? '', groupNameOf(group)] as const),
    ...runs.map((task) => [task.metadata.uid ?? '', uuidOf(task)] as const),
  ]);
  const told = ({ operation, what }: Line): boolean => tells(operation, what);
  const past = await pastLines(project, names, { limit, before, told });
  const fresh = before === undefined ? numbered(present, past.latest) : [];
  return [...past.lines, ...fresh.filter(told)]
    .toSorted((one, other) => other.id - one.id)
    .slice(0, limit)
    .map(({ id, user, operation, what, name, time }) => {
      return { id, user, info: `${operation} ${what} ${name}`, create_time: timeText(time) };
    });
}

interface PastQuery {
  readonly limit: number;
  readonly before: number | undefined;
  readonly told: (line: Line) => boolean;
}

/** Pages of the history that are looked through for one answer, and operations on each, at least. */
const pages = { most: 10, size: 100 };

/**
 * What the history tells. Most of what it knows of a namespace may be of other objects.
 * @param names of what is there by its UID; those of groups that are gone are added
 * @returns besides the lines the operations that were recorded last
 */
async function pastLines(
  { history, namespace }: Project,
  names: Map<string, string>,
  { limit, before, told }: PastQuery,
): Promise<{ readonly latest: readonly LoggedOperation[]; readonly lines: readonly NumberedLine[] }> {
  const lines: NumberedLine[] = [];
  if (history === undefined) return { latest: [], lines };
  let latest: readonly LoggedOperation[] | undefined;
  let place = before;
  const size = Math.max(limit, pages.size);
  for (let page = 1; page <= pages.most; page += 1) {
    const recorded = await history.operationsIn(namespace, size, place);
    latest ??= recorded;
    await learnNames(history, recorded, names);
    lines.push(...recorded.flatMap((found) => recordedLine(found, names) ?? []).filter(told));
    place = recorded.at(-1)?.id;
    if (recorded.length < size || lines.length >= limit) break;
  }
  return { latest: latest ?? [], lines };
}

/** What callers called a group that is gone stands in its record. */
async function learnNames(
  history: HistoryReader,
  recorded: readonly LoggedOperation[],
  names: Map<string, string>,
): Promise<void> {
  const groups = recorded.filter(({ kind, uid }) => kind === deployGroups.kind && !names.has(uid));
  for (const uid of new Set(groups.map((found) => found.uid))) {
    const group = (await history.byUid(deployGroupHistory, uid)).at(-1)?.object;
    if (group !== undefined) names.set(uid, groupNameOf(group));
  }
}

/** Those that are not recorded yet, behind those that are. */
function numbered(present: readonly Line[], recorded: readonly LoggedOperation[]): readonly NumberedLine[] {
  const [latest] = recorded;
  const known = new Set(recorded.map(keyOf));
  const since = latest === undefined ? 0 : Date.parse(latest.time) - lag;
  return present
    .filter(({ at, key }) => at >= since && !known.has(key))
    .toSorted((one, other) => one.at - other.at)
    .map((line, index) => ({ ...line, id: (latest?.id ?? 0) + index + 1 }));
}

function recordedLine(found: LoggedOperation, names: ReadonlyMap<string, string>): NumberedLine | undefined {
  const what = found.kind === deployGroups.kind ? 'group' : found.kind === agentTasks.kind ? 'task' : undefined;
  if (what === undefined) return undefined;
  // Of other tasks of the namespace nothing is told.
  const name = names.get(found.uid) ?? (what === 'task' ? uuidInName(found.name) : found.name);
  if (name === undefined) return undefined;
  const operation = found.operation === 'create' ? (what === 'group' ? 'add' : 'start') : found.operation;
  const { id, user, time } = found;
  return { id, user, operation, what, name, time, at: Date.parse(time), key: keyOf(found) };
}

function keyOf({ uid, operation, number }: Pick<LoggedOperation, 'uid' | 'operation' | 'number'>): string {
  return `${uid}/${operation}/${number}`;
}

function linesOf({ metadata }: KubeObject, made: string, what: Line['what'], name: string): readonly Line[] {
  const { annotations, creationTimestamp: time = '', uid = '' } = metadata;
  const acts = listedOperations(annotations).map((act) => ({
    user: act.user,
    operation: act.operation,
    what,
    name,
    time: act.time,
    at: Date.parse(act.time),
    key: keyOf({ uid, ...act }),
  }));
  // The API server tells only the second in which it was made: late in it, but not after what was done to it.
  const at = Math.min(Date.parse(time) + 999, ...acts.map((act) => act.at));
  const user = annotations?.[requestedByAnnotation] ?? '';
  const key = keyOf({ uid, operation: 'create', number: 0 });
  return [{ user, operation: made, what, name, time, at, key }, ...acts];
}
