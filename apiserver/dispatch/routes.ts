import type { FastifyInstance } from 'fastify';

import type { Guard } from '../auth/bearer.ts';
import { failureOf } from './answers.ts';
import { BodyError } from './errors.ts';
import { parseBody } from './json.ts';
import { bodyLimit, checkAnswers, checkBody, runAnswers, runBody, type CheckBody, type RunBody } from './schemas.ts';
import { reportOf } from './status.ts';
import { DispatchTasks, type DispatchTasksOptions } from './tasks.ts';
import { callerOf, draftOf, queryOf } from './translate.ts';

export interface DispatchApiOptions extends DispatchTasksOptions {
  readonly guard: Guard;
  readonly credentialsSecret?: string | undefined;
}

/** The dispatch API as a Fastify plugin: POST /api/run and POST /api/check. See docs/rest/dispatch.md. */
export async function dispatchApi(app: FastifyInstance, options: DispatchApiOptions): Promise<void> {
  const tasks = new DispatchTasks(options);

  app.addHook('onRequest', options.guard);
  takeAnyBodyForJson(app);
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error, { id: request.id, body: request.body, schema: request.routeOptions.schema?.body });
    if (failure.httpStatus >= 500) request.log.error({ err: error }, 'call failed');
    if (failure.retryAfter !== undefined) reply.header('retry-after', failure.retryAfter);
    // Fastify would close the connection while a caller still sends a large body, who then sees a broken pipe and not this answer.
    reply.removeHeader('connection');
    if (failure.httpStatus === 401) reply.header('www-authenticate', 'Bearer');
    return reply.code(failure.httpStatus).send({ code: -1, message: failure.message });
  });

  app.post<{ Body: RunBody }>('/api/run', { bodyLimit, schema: { body: runBody, response: runAnswers } }, async (request) => {
    const caller = callerOf(request.headers);
    const id = await tasks.create(draftOf(request.body, caller, options));
    request.log.info({ id, correlationID: caller.correlationID, source: caller.source }, 'task created');
    return { code: 0, content: { id } };
  });

  app.post<{ Body: CheckBody }>('/api/check', { bodyLimit, schema: { body: checkBody, response: checkAnswers } }, async (request) => {
    callerOf(request.headers);
    return { code: 0, content: reportOf(await tasks.find(queryOf(request.body))) };
  });
}

/** The document's clients send JSON under all kinds of Content-Type, or none, or one that is not even well-formed. */
function takeAnyBodyForJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    try {
      done(null, parseBody(body));
    } catch (error) {
      done(error instanceof Error ? error : new BodyError({ cause: error }));
    }
  });
  app.addHook('onRequest', async (request) => {
    request.headers['content-type'] = 'application/json';
  });
}
