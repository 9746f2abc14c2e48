import { done, type AddCall, type JobxApiOptions } from './calls.ts';
import { logText } from './logs.ts';
import { operationsOf } from './operations.ts';
import { formats, required } from './params.ts';
import { projectIn } from './projects.ts';
import { describe } from './schemas.ts';

/** Adds the calls that tell what was done, by callers and on hosts. */
export function addLogCalls(add: AddCall, { projects, logs, mode }: JobxApiOptions): void {
  const operations = {
    operationId: 'jobxLog',
    summary: 'List what was done',
    description: 'Who did what to the groups and tasks of a project that are there, the latest first.',
    path: ['projectid'],
  } as const;
  add('GET', '/log/:projectid', describe(operations), async ({ params, call }) =>
    done(await operationsOf(projectIn(params, projects), call.caller, mode)),
  );
  const read = {
    operationId: 'jobxSlaveLog',
    summary: 'Read the log of a task or of a batch',
    description: 'A line of text for each step so far.',
    path: ['slave', 'uuid'],
  } as const;
  add('GET', '/slave/:slave/log/:uuid', describe(read), async ({ params, call, reply }) => {
    const text = await logText(projects.all, call.caller, required(params, 'uuid', formats.uuid), logs);
    reply.type('text/plain; charset=utf-8').serializer(String);
    return text;
  });
}
