import type { FastifyInstance } from 'fastify';

import { troubleOf } from '../troubles.ts';
import { JobxError } from './errors.ts';
import type { Mode } from './mode.ts';

/** With an answer of this API that something was not done, other programs have HTTP's 200. */
const handled: ReadonlySet<number> = new Set([400, 401, 403, 404, 409, 413]);

/** Says of every call that failed why, in the form of this API. */
export function answerFailures(app: FastifyInstance, mode: Mode): void {
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof JobxError) {
      const { operationId = '' } = request.routeOptions.schema ?? {};
      return reply.code(200).send(mode.instead[operationId]?.[error.code] ?? mode.refused(error));
    }
    const trouble = troubleOf(error, request.id, 'groups and tasks');
    const { httpStatus, retryAfter } = trouble;
    if (httpStatus >= 500) request.log.error({ err: error }, 'call failed');
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
    reply.removeHeader('connection');
    return reply.code(handled.has(httpStatus) ? 200 : httpStatus).send(mode.failed(trouble));
  });
}
