import type { FastifyInstance } from 'fastify';

import { troubleOf } from '../troubles.ts';
import { JobxError } from './errors.ts';

/** What callers see who are not let in, as the original has it. */
const notLoggedIn = 10_000;
/** With an answer of this API that something was not done, other programs have HTTP's 200. */
const handled: ReadonlySet<number> = new Set([400, 401, 403, 404, 409, 413]);

/** Says of every call that failed why, in the form of this API. */
export function answerFailures(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof JobxError) return reply.code(200).send({ stat: false, info: error.message });
    const trouble = troubleOf(error, request.id, 'groups and tasks');
    const { httpStatus, message, retryAfter } = trouble;
    if (httpStatus >= 500) request.log.error({ err: error }, 'call failed');
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
    reply.removeHeader('connection');
    const code = httpStatus === 401 ? { code: notLoggedIn } : {};
    return reply.code(handled.has(httpStatus) ? 200 : httpStatus).send({ stat: false, ...code, info: message });
  });
}
