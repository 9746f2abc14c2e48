import type { Tally } from '../../history/store.ts';
import { byDate, byHour, byRuntime } from './analysis.ts';
import { done, type AddCall, type Asked, type JobxApiOptions } from './calls.ts';
import { limitIn } from './filters.ts';
import { projectIn } from './projects.ts';
import { lastRuns, talliesOf } from './records.ts';
import { lastLine } from './reports.ts';
import { describe } from './schemas.ts';

/** Adds the calls that tell how tasks went. */
export function addAnalysisCalls(add: AddCall, { projects, now }: JobxApiOptions): void {
  const path = ['projectid'] as const;
  const url = '/task/:projectid/analysis';
  const tallies = async ({ params, call }: Asked): Promise<readonly Tally[]> =>
    talliesOf(projectIn(params, projects), call.caller, lastDays(now()));
  const last = {
    operationId: 'jobxLast',
    summary: 'List the last tasks',
    description: 'The last tasks of a project, the youngest first.',
    path,
    query: ['count'],
  } as const;
  add('GET', `${url}/last`, describe(last), async ({ params, call }) => {
    const runs = await lastRuns(projectIn(params, projects), call.caller, limitIn(params, 10, 'count'));
    return done(runs.map(lastLine));
  });
  const date = { operationId: 'jobxByDate', summary: 'Count tasks by day', description: 'Of the last 30 days (UTC).' };
  add('GET', `${url}/date`, describe({ ...date, path }), async (asked) => done(byDate(await tallies(asked))));
  const hour = { operationId: 'jobxByHour', summary: 'Count tasks by hour', description: 'Of the last 30 days (UTC).' };
  add('GET', `${url}/hour`, describe({ ...hour, path }), async (asked) => done(byHour(await tallies(asked))));
  const took = {
    operationId: 'jobxByRuntime',
    summary: 'Share tasks out by how long they took',
    description: 'Percentages of the tasks of the last 30 days, by minutes.',
    path,
  };
  add('GET', `${url}/runtime`, describe(took), async (asked) => done(byRuntime(await tallies(asked))));
}

/** Today and the thirty days before. */
function lastDays(now: Date): { readonly first: string; readonly last: string } {
  return { first: dayOf(new Date(now.getTime() - 30 * 86_400_000)), last: dayOf(now) };
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
