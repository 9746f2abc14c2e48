import { fastify, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';

import { bearerKind } from '../../../../apiserver/auth/bearer-kind.ts';
import { bearerGuard, type BearerOptions } from '../../../../apiserver/auth/bearer.ts';
import { CredentialStore } from '../../../../apiserver/auth/credential-store.ts';
import { FailureLimit } from '../../../../apiserver/auth/failures.ts';
import { guardCalls } from '../../../../apiserver/auth/guard.ts';
import { TokenReviews } from '../../../../apiserver/auth/token-reviews.ts';
import { TurnedAwayError } from '../../../../apiserver/turned-away.ts';
import { ReviewingApi } from './reviews.ts';
import { secretOf, TestSource } from './secrets.ts';

export interface Guarded {
  readonly app: FastifyInstance;
  readonly source: TestSource;
  readonly api: ReviewingApi;
  readonly failures: string[];
  logged(this: void): string;
  /** With this Authorization header, or none; who called as the body, or the error's code. */
  call(
    this: void,
    authorization?: string,
  ): Promise<{ readonly status: number; readonly body: unknown; readonly retryAfter: unknown }>;
}

/** An application with one call, which answers who calls. One credential is there: `token`, of ann. */
export async function guardedApp(options: Partial<BearerOptions> = {}): Promise<Guarded> {
  const source = new TestSource();
  const api = new ReviewingApi();
  const failures: string[] = [];
  let logged = '';
  const log = pino({ level: 'trace' }, { write: (line: string) => void (logged += line) });
  // The logger's own type would become part of the application's.
  const base: FastifyBaseLogger = log;
  const credentials = new CredentialStore(bearerKind, source, log);
  source.tell('added', secretOf({ groups: 'ops' }));
  const app: FastifyInstance = fastify({ loggerInstance: base });
  app.decorateRequest('caller', null);
  app.setErrorHandler(async (error, _request, reply) => {
    if (!(error instanceof TurnedAwayError)) throw error;
    if (error.retryAfter !== undefined) reply.header('retry-after', error.retryAfter);
    return reply.code(error.httpStatus).send({ code: error.code, message: error.message });
  });
  guardCalls(
    app,
    bearerGuard({
      shown: bearerKind.shown,
      credentials,
      tokenReviews: new TokenReviews(api),
      failures: new FailureLimit(),
      onFailure: (code) => failures.push(code),
      ...options,
    }),
  );
  app.get('/', async ({ caller }) => caller);
  onTestFinished(() => app.close());
  return {
    app,
    source,
    api,
    failures,
    logged: () => logged,
    async call(authorization) {
      const answer = await app.inject({
        method: 'GET',
        url: '/',
        headers: authorization === undefined ? {} : { authorization },
      });
      return { status: answer.statusCode, body: answer.json(), retryAfter: answer.headers['retry-after'] };
    },
  };
}
