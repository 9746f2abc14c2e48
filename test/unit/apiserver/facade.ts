import { Registry } from '@prometheus-io/client';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';

import { buildApp } from '../../../apiserver/app.ts';
import type { Access, Authorizer } from '../../../apiserver/auth/authorizer.ts';
import { bearerKind } from '../../../apiserver/auth/bearer-kind.ts';
import { digestOf, knownBy } from '../../../apiserver/auth/digest.ts';
import { bearerGuard, type BearerOptions } from '../../../apiserver/auth/bearer.ts';
import type { Caller } from '../../../apiserver/auth/caller.ts';
import { AuthError } from '../../../apiserver/auth/errors.ts';
import { FailureLimit } from '../../../apiserver/auth/failures.ts';
import type { DispatchApiOptions } from '../../../apiserver/dispatch/routes.ts';
import { servedDispatch } from '../../../apiserver/dispatch/api.ts';
import { HttpMetrics } from '../../../apiserver/metrics.ts';
import { asClient, cacheOf, countingIds, MemoryClient } from './memory-client.ts';

const token = 'correct-horse-battery-staple-0123456789';
const known = knownBy(digestOf(token));
/** Who shows the token. */
export const alice: Caller = { user: 'alice', groups: ['ops'] };

/** The headers of a good call. */
export const headers = {
  authorization: `Bearer ${token}`,
  'x-correlation-id': '1-1',
  'x-resource': 'orion',
} satisfies Readonly<Record<string, string>>;

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface TestFacade {
  readonly app: FastifyInstance;
  readonly client: MemoryClient;
  /** In whose name the client was asked for. */
  readonly actedAs: Caller[];
  readonly registry: Registry;
  /** What was logged, one JSON object a line. */
  logged(this: void): string;
  post(this: void, path: string, body: unknown, more?: Readonly<Record<string, string>>): Promise<Answer>;
}

export interface FacadeOptions extends Partial<
  Pick<DispatchApiOptions, 'authorizer' | 'cache' | 'credentialsSecret' | 'history' | 'mode' | 'ttlSeconds'>
> {
  readonly bearer?: Partial<BearerOptions>;
}

/** Lets everybody do everything but what is listed, as `verb resource`. */
export function denying(...denied: readonly string[]): Authorizer {
  return {
    async check({ user }, { verb, resource, subresource }: Access) {
      const what = `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
      if (denied.includes(what)) throw new AuthError('DENIED', 403, `denied: ${user} cannot ${what}`);
    },
  };
}

/** The application with one credential and its tasks in memory; gone after the test. */
export async function testFacade({ bearer, ...options }: FacadeOptions = {}): Promise<TestFacade> {
  const client = new MemoryClient();
  const actedAs: Caller[] = [];
  const registry = new Registry();
  const metrics = new HttpMetrics(registry);
  let logged = '';
  const log = pino({ level: 'debug' }, { write: (line: string) => void (logged += line) });
  const app = await buildApp({
    log,
    metrics,
    // A busy machine is no matter of these tests.
    limits: { lag: 0 },
    apis: [
      servedDispatch({
        client: asClient(client),
        clientOf: (caller) => {
          actedAs.push(caller);
          return asClient(client);
        },
        authorizer: denying(),
        cache: cacheOf(),
        ids: countingIds(),
        namespace: 'default',
        mode: 'documented',
        guard: bearerGuard({
          shown: bearerKind.shown,
          credentials: {
            ready: true,
            find: (index) => (index === known.index ? { caller: alice, proofs: [known.proof] } : undefined),
          },
          failures: new FailureLimit(),
          onFailure: (code) => metrics.authFailed('dispatch', code),
          ...bearer,
        }),
        ...options,
      }),
    ],
  });
  onTestFinished(() => app.close());
  return {
    app,
    client,
    actedAs,
    registry,
    logged: () => logged,
    async post(path, body, more = {}) {
      const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      const answer = await app.inject({ method: 'POST', url: path, headers: { ...headers, ...more }, payload });
      return { status: answer.statusCode, body: answer.json() };
    },
  };
}

/** What a failure looks like. */
export function failure(message: unknown): object {
  return { code: -1, message };
}
