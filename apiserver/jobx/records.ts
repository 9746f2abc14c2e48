import type { AgentTask } from '../../crds/types/agenttask.ts';
import { agentTaskHistory } from '../../history/agenttask/kind.ts';
import { runListing } from '../../history/agenttask/listing.ts';
import type { HistoryReader, ListQuery, Page, Tally } from '../../history/store.ts';
import type { Caller } from '../auth/caller.ts';
import { byAge, type Project } from './projects.ts';
import { hasEnded, secondsTaken, statusOf } from './reports.ts';
import { findRun } from './runs.ts';

/** Which tasks a list shows. What is absent leaves nothing out. */
export interface RunQuery extends Omit<ListQuery, 'outcome'> {
  readonly status?: string | undefined;
}

/** Some of the tasks on groups. */
export interface RunPage {
  /** The eldest first. */
  readonly runs: readonly AgentTask[];
  /** For the page with those before them; undefined where there are none. */
  readonly before?: string;
}

/**
 * A page of the tasks of a project on groups, those that are gone included: the latest ones that the query chooses.
 * Those of which the history does not know the end are on the first page.
 * @throws AuthError, HistoryError
 */
export async function pageOf(project: Project, caller: Caller, query: RunQuery): Promise<RunPage> {
  const live = await project.runs(caller);
  const { history } = project;
  if (history === undefined) return { runs: live.filter((task) => fits(task, query)).slice(-query.limit) };
  // First, so that what is recorded meanwhile is in the page.
  const listed = await listedOf(history, live);
  const { items, before } = await recordedPage(history, project.namespace, query);
  const present = new Map(live.map((task) => [task.metadata.uid, task]));
  const over = items.map(({ object }) => {
    // What is still there tells more than its record, unless it was seen before its end.
    const there = present.get(object.metadata.uid);
    return there !== undefined && hasEnded(there) ? there : object;
  });
  const shown = new Set(over.map(({ metadata }) => metadata.uid));
  const apart = live.filter(({ metadata: { uid = '' } }) => !listed.has(uid) && !shown.has(uid));
  const first = query.before === undefined ? apart.filter((task) => fits(task, query)) : [];
  const runs = [...over, ...first].toSorted(byAge);
  return before === undefined ? { runs } : { runs, before };
}

async function recordedPage(
  history: HistoryReader,
  namespace: string,
  { status: outcome, ...query }: RunQuery,
): Promise<Page<AgentTask>> {
  // Nothing that goes on is among what is over.
  if (outcome !== undefined && !runListing.outcomes.includes(outcome)) return { items: [] };
  return history.list(agentTaskHistory, namespace, { ...query, outcome });
}

/** The task of a uuid alone, if the query chooses it. @throws AuthError, HistoryError */
export async function chosen(project: Project, caller: Caller, uuid: string, query: RunQuery): Promise<RunPage> {
  const task = (await findRun(project, caller, uuid))?.object;
  return { runs: task !== undefined && fits(task, query) ? [task] : [] };
}

/** The last ones, the youngest first. @throws AuthError, HistoryError */
export async function lastRuns(project: Project, caller: Caller, count: number): Promise<readonly AgentTask[]> {
  const { runs } = await pageOf(project, caller, { limit: count });
  return runs.toReversed().slice(0, count);
}

/** How often it is counted anew when something is recorded meanwhile; then a task may be missed or counted twice. */
const mostCounts = 3;

/** How many tasks began on each of these days, by their status. @throws AuthError, HistoryError */
export async function talliesOf(
  project: Project,
  caller: Caller,
  days: { readonly first: string; readonly last: string },
): Promise<readonly Tally[]> {
  const { history, namespace } = project;
  const live = await project.runs(caller);
  const within = ({ day }: Tally): boolean => day >= days.first && day <= days.last;
  if (history === undefined) return live.map(tallyOf).filter(within);
  let listed = await listedOf(history, live);
  let over: readonly Tally[] = [];
  for (let count = 1; count <= mostCounts; count += 1) {
    over = await history.tallies(agentTaskHistory, namespace, days);
    const after = await listedOf(history, live);
    const same = after.size === listed.size;
    listed = after;
    if (same) break;
  }
  const apart = live.filter(({ metadata: { uid = '' } }) => !listed.has(uid));
  return [...over, ...apart.map(tallyOf).filter(within)];
}

/** Those of which the end is recorded, and which stand in lists and tallies of the history. */
async function listedOf(history: HistoryReader, live: readonly AgentTask[]): Promise<ReadonlySet<string>> {
  const uids = live.flatMap(({ metadata: { uid } }) => uid ?? []);
  return uids.length === 0 ? new Set() : history.completed(agentTaskHistory, uids);
}

function fits(task: AgentTask, { name, user, status, firstDay, lastDay }: RunQuery): boolean {
  const entry = runListing.entryOf(task);
  const day = dayOf(task);
  return (
    entry !== undefined &&
    (name === undefined || entry.name.includes(name)) &&
    (user === undefined || entry.user === user) &&
    (status === undefined || statusOf(task) === status) &&
    // Tasks that have not begun drop out where a day is asked for.
    (firstDay === undefined || day >= firstDay) &&
    (lastDay === undefined || (day !== '' && day <= lastDay))
  );
}

/** On which it began; empty for a task that has not, which is on no day. */
function dayOf({ status }: AgentTask): string {
  return status?.startTime?.slice(0, 10) ?? '';
}

/** One task, as the history counts them. */
function tallyOf(task: AgentTask): Tally {
  const took = secondsTaken(task);
  const place = runListing.spans.findIndex((bound) => took !== undefined && took < bound);
  const hour = Number(task.status?.startTime?.slice(11, 13) ?? 0);
  return {
    day: dayOf(task),
    outcome: statusOf(task),
    total: 1,
    hours: only(24, hour),
    spans: only(runListing.spans.length + 1, place === -1 ? runListing.spans.length : place),
  };
}

/** So many numbers, of which the one at this place is 1 and all others are 0. */
function only(length: number, place: number): readonly number[] {
  return Array.from({ length }, (_, index) => (index === place ? 1 : 0));
}
