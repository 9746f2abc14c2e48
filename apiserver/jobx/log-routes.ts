import { Readable } from 'node:stream';

import { done, type AddCall, type Asked, type JobxApiOptions } from './calls.ts';
import type { LogStreams } from './follow.ts';
import { limitIn } from './filters.ts';
import { findLog, logLines } from './logs.ts';
import { operationsOf } from './operations.ts';
import { formats, optional, required } from './params.ts';
import { projectIn } from './projects.ts';
import { describe } from './schemas.ts';

/** Of the log of a task or of a batch. */
export const logUrl = '/slave/:slave/log/:uuid';

/** Adds the calls that tell what was done, by callers and on hosts. */
export function addLogCalls(add: AddCall, { projects, logs, mode }: JobxApiOptions, streams: LogStreams): void {
  const operations = {
    operationId: 'jobxLog',
    summary: 'List what was done',
    description: 'Who did what to the groups and tasks of a project, the latest first.',
    path: ['projectid'],
    query: ['limit', 'before'],
  } as const;
  add('GET', '/log/:projectid', describe(operations), async ({ params, call }) => {
    const before = optional(params, 'before', formats.number, 15);
    const which = { limit: limitIn(params, 1000), before: before === undefined ? undefined : Number(before) };
    return done(await operationsOf(projectIn(params, projects), call.caller, mode, which));
  });
  const found = async ({ params, call }: Asked) =>
    findLog(projects, call.caller, required(params, 'uuid', formats.uuid));
  const read = {
    operationId: 'jobxSlaveLog',
    summary: 'Read the log of a task or of a batch',
    description: 'A line of text for each step so far. Whoever takes text/html is shown a page that follows the log.',
    path: ['slave', 'uuid'],
  } as const;
  // The page is given to anybody: it holds nothing, and asks who reads.
  const security = [{}, { appkey: [] }, { bearer: [] }];
  const schema = { ...describe(read, 'text/plain', 'text/html'), security };
  add('GET', logUrl, schema, async (asked) => {
    const lines = logLines(await found(asked), asked.call.caller, logs);
    return stream(asked, 'text/plain; charset=utf-8', lines);
  });
  const followed = {
    operationId: 'jobxSlaveLogStream',
    summary: 'Follow the log of a task or of a batch',
    description: 'Server-sent events: a line for each step, and the event end, with the status of the task.',
    path: ['slave', 'uuid'],
  } as const;
  add('GET', `${logUrl}/stream`, describe(followed, 'text/event-stream'), async (asked) =>
    stream(asked, 'text/event-stream', streams.follow(await found(asked), asked.call.caller)),
  );
}

/** What fails with the first part is answered as any call that fails; later the answer breaks off. */
async function stream({ reply }: Asked, type: string, parts: AsyncGenerator<string>): Promise<Readable> {
  const first = await parts.next();
  reply.type(type).serializer(String);
  return Readable.from(rest(first, parts));
}

async function* rest(first: IteratorResult<string, unknown>, parts: AsyncGenerator<string>): AsyncGenerator<string> {
  if (first.done === true) return;
  yield first.value;
  yield* parts;
}
