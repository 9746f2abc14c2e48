import { byDate, byHour, byRuntime, lastOf } from './analysis.ts';
import { done, type AddCall, type Asked, type JobxApiOptions } from './calls.ts';
import { formats, optional } from './params.ts';
import { projectIn } from './projects.ts';
import { describe } from './schemas.ts';

/** Adds the calls that tell how tasks went. */
export function addAnalysisCalls(add: AddCall, { projects, now }: JobxApiOptions): void {
  const path = ['projectid'] as const;
  const url = '/task/:projectid/analysis';
  const runs = async ({ params, call }: Asked) => projectIn(params, projects).runs(call.caller);
  const last = {
    operationId: 'jobxLast',
    summary: 'List the last tasks',
    description: 'The last tasks of a project, the youngest first.',
    path,
    query: ['count'],
  } as const;
  add('GET', `${url}/last`, describe(last), async (asked) => {
    const count = Number(optional(asked.params, 'count', formats.number, 6) ?? 10);
    return done(lastOf(await runs(asked), count === 0 ? 10 : count));
  });
  const date = { operationId: 'jobxByDate', summary: 'Count tasks by day', description: 'Of the last 30 days (UTC).' };
  add('GET', `${url}/date`, describe({ ...date, path }), async (asked) => done(byDate(await runs(asked), now())));
  const hour = { operationId: 'jobxByHour', summary: 'Count tasks by hour', description: 'Of the last 30 days (UTC).' };
  add('GET', `${url}/hour`, describe({ ...hour, path }), async (asked) => done(byHour(await runs(asked), now())));
  const took = {
    operationId: 'jobxByRuntime',
    summary: 'Share tasks out by how long they took',
    description: 'Percentages of the tasks of the last 30 days, by minutes.',
    path,
  };
  add('GET', `${url}/runtime`, describe(took), async (asked) => done(byRuntime(await runs(asked), now())));
}
