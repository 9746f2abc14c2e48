import { readFileSync } from 'node:fs';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { ApiMode } from '../api.ts';
import { guardCalls, type Guard } from '../auth/guard.ts';
import type { Caller } from '../auth/caller.ts';
import type { AgentTask } from '../../crds/types/agenttask.ts';
import type { Client } from '../../kube/client.ts';
import { CachedAnswers } from '../http/cached-answers.ts';
import { takeJsonBodies } from '../http/json-bodies.ts';
import { takeOnly } from '../http/methods.ts';
import { ObjectCreator } from '../objects/create.ts';
import { TurnedAwayError } from '../turned-away.ts';
import { bodyLimit } from './body.ts';
import { documented } from './documented.ts';
import { DispatchError, type CallName } from './errors.ts';
import { failureOf } from './failures.ts';
import { LogLookup } from './logs.ts';
import { TaskLookup } from './lookup.ts';
import type { Mode } from './mode.ts';
import { introductionSchema } from './original-schemas.ts';
import { original } from './original.ts';
import { linksOf } from './schemas.ts';
import { stopTask } from './stop.ts';
import { taskObjects, type DispatchTasksOptions } from './tasks.ts';
import { draftOf } from './translate.ts';

export interface DispatchApiOptions extends DispatchTasksOptions {
  readonly guard: Guard;
  /** With the rights of this service. */
  readonly client: Client;
  readonly mode: ApiMode;
  readonly credentialsSecret?: string | undefined;
  /** After how many seconds a finished task is deleted; absent: never. */
  readonly ttlSeconds?: number | undefined;
  /** After how many seconds a run is ended whose caller does not say; absent: as AgentTask has it by itself. */
  readonly timeoutSeconds?: number | undefined;
}

const modes = { documented, original };

/**
 * The dispatch API as a Fastify plugin: POST /api/run, /api/parallel_run, /api/stop, /api/check and /api/getlog. See
 * docs/rest/dispatch.md.
 */
export async function dispatchPlugin(app: FastifyInstance, options: DispatchApiOptions): Promise<void> {
  const mode = modes[options.mode];
  guardCalls(app, options.guard);
  takeJsonBodies(app, options.guard);
  answerFailures(app, mode);
  addCalls(app, mode, options);
  if (options.mode === 'original') {
    app.get('/', { schema: introductionSchema }, async () => introduction);
    takeOnly(app, '/', ['GET'], failed);
  }
}

function addCalls(app: FastifyInstance, mode: Mode, options: DispatchApiOptions): void {
  const tasks = new ObjectCreator(taskObjects(options), options.ids);
  const lookup = new TaskLookup(options);
  const logs = new LogLookup(options, (error, name) =>
    app.log.warn({ err: error, configMap: name }, 'part of a log cannot be read'),
  );
  const reports = new CachedAnswers<AgentTask>((task) => ({ code: 0, content: mode.report(task) }));

  /** Whatever the schema has against a request, it is up to the mode to say so. */
  const call = (
    name: CallName,
    handler: (request: FastifyRequest, caller: Caller, reply: FastifyReply) => Promise<object | string>,
  ): void => {
    const url = `/api/${name}`;
    app.post(
      url,
      { bodyLimit, attachValidation: true, schema: mode.schemas[name], links: linksOf(name) },
      async (request, reply) => handler(request, callerOf(request), reply),
    );
    takeOnly(app, url, ['POST'], failed);
  };

  for (const name of ['run', 'parallel_run'] as const) {
    call(name, async (request, caller) => {
      const { body, origin } = mode.readRun(request, name);
      const id = await tasks.create(
        caller,
        draftOf({ body, origin, user: caller.user, requestId: request.id, split: name === 'parallel_run' }, options),
      );
      request.log.info({ id, user: caller.user, ...origin }, 'task created');
      return { code: 0, content: { id } };
    });
  }
  call('stop', async (request, caller) => {
    const query = mode.readQuery(request);
    await stopTask(caller, { query, requestId: request.id, evenFinished: mode.stopsFinished }, lookup, options);
    request.log.info({ ...query, user: caller.user }, 'task asked to stop');
    return { code: 0, content: {} };
  });
  call('check', async (request, caller, reply) => {
    const { object } = await lookup.find(caller, mode.readQuery(request));
    reply.type('application/json; charset=utf-8');
    return reports.textOf(object);
  });
  call('getlog', async (request, caller) => {
    const query = mode.readLogQuery(request);
    return mode.log(query === undefined ? [] : await logs.read(caller, query));
  });
}

/** The guard has let him in, or no handler would run. */
function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new Error('the guard of the dispatch API lets requests pass without a caller');
  return caller;
}

function answerFailures(app: FastifyInstance, mode: Mode): void {
  app.setErrorHandler((error, request, reply) => {
    const name = callOf(request);
    const failure = failureOf(error, { id: request.id, name, body: request.body }, mode);
    if (failure.httpStatus >= 500 && isOperators(error, request)) request.log.error({ err: error }, 'call failed');
    if (failure.retryAfter !== undefined) reply.header('retry-after', failure.retryAfter);
    // Fastify would close the connection while a caller still sends a large body, who then sees a broken pipe and not
    // this answer.
    reply.removeHeader('connection');
    if (failure.httpStatus === 401) reply.header('www-authenticate', 'Bearer');
    return reply.code(failure.httpStatus).send(failed(failure.message));
  });
}

/**
 * Whether the operator has to know of a failure. He has not where the original answers 500 to what a caller does wrong,
 * nor when a caller goes away while he still sends; and what is turned away before any call is done is counted, and
 * told by who turns it away.
 */
function isOperators(error: unknown, { raw }: FastifyRequest): boolean {
  if (raw.readableAborted || error instanceof TurnedAwayError) return false;
  return !(error instanceof DispatchError);
}

function callOf({ routeOptions }: FastifyRequest): CallName {
  const names: readonly CallName[] = ['run', 'parallel_run', 'stop', 'check', 'getlog'];
  return names.find((name) => routeOptions.url === `/api/${name}`) ?? 'check';
}

/** The form of every failure. */
function failed(message: string): object {
  return { code: -1, message };
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

/** In the words of GET / of the original, but about the program that is there. */
const introduction = { name: 'Fleetwright', version, info: 'the dispatch API, answering as Octans 0.1 did' };
