import { createHash, createHmac } from 'node:crypto';

import { Registry } from '@prometheus-io/client';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';

import type { ServedApi } from '../../../../apiserver/api.ts';
import { buildApp } from '../../../../apiserver/app.ts';
import { Authenticator, sameBytes, type AuthenticatorOptions } from '../../../../apiserver/auth/authenticator.ts';
import { bearerGuard } from '../../../../apiserver/auth/bearer.ts';
import type { CredentialKind } from '../../../../apiserver/auth/credential-kind.ts';
import { CredentialStores } from '../../../../apiserver/auth/credential-stores.ts';
import { FailureLimit } from '../../../../apiserver/auth/failures.ts';
import { guardCalls, type Guard } from '../../../../apiserver/auth/guard.ts';
import { TokenReviews } from '../../../../apiserver/auth/token-reviews.ts';
import { takeJsonBodies } from '../../../../apiserver/http/json-bodies.ts';
import { isObject } from '../../../../apiserver/http/json.ts';
import type { Limits } from '../../../../apiserver/limits.ts';
import { HttpMetrics } from '../../../../apiserver/metrics.ts';
import { troubleOf } from '../../../../apiserver/troubles.ts';
import { ReviewingApi } from './reviews.ts';
import { TestSource } from './secrets.ts';

/*
 * Two APIs that no document asks for, with what the guards of others will need: a key within the body, of which a
 * digest is kept, and a signature over the bytes of the body, for which the secret itself is.
 */

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Keys that callers send in the field `key`. */
const keyKind: CredentialKind = {
  name: 'test-key',
  shown: 'key',
  read(text) {
    const proof = Buffer.from(text('keySHA256') ?? '', 'hex');
    return proof.length === 32 ? { index: proof.toString('latin1'), proof } : 'keySHA256 is no digest';
  },
  make: () => ({ secret: 'made', data: { keySHA256: digest('made').toString('hex') }, use: 'send it in "key"' }),
};

/** Secrets by which callers sign, each with the id that they send beside the signature. */
const signingKind: CredentialKind = {
  name: 'test-signing',
  shown: 'signature',
  read(text) {
    const [index, secret] = [text('id'), text('secret')];
    return index === undefined || secret === undefined
      ? 'id or secret is missing'
      : { index, proof: Buffer.from(secret) };
  },
  make: () => ({ secret: 'made', data: { id: 'a', secret: 'made' }, use: 'sign with it' }),
};

/** Takes a token of the API server too, as every API does. */
function keyGuard(options: AuthenticatorOptions, tokenReviews: TokenReviews): Guard {
  const authenticator = new Authenticator(options);
  const bearer = bearerGuard({ ...options, tokenReviews });
  return {
    reads: 'body',
    async identify(request) {
      if (request.headers.authorization !== undefined) return bearer.identify(request);
      const key = isObject(request.body) ? request.body['key'] : undefined;
      if (typeof key !== 'string') throw authenticator.refused(request, 'TOKEN_MISSING', 'send a key');
      const shown = digest(key);
      const caller = authenticator.callerOf({
        index: shown.toString('latin1'),
        proves: (proof) => sameBytes(proof, shown),
      });
      if (caller === undefined) throw authenticator.refused(request, 'TOKEN_WRONG', 'the key is not valid');
      return caller;
    },
  };
}

/** Milliseconds by which the clock of a caller may differ. */
const clockMayDiffer = 300_000;

export function sign(secret: string, time: string, body: Buffer): Buffer {
  return createHmac('sha256', secret).update(`POST /signed/call\n${time}\n`).update(body).digest();
}

function signatureGuard(options: AuthenticatorOptions, now: () => number): Guard {
  const authenticator = new Authenticator(options);
  return {
    reads: 'rawBody',
    async identify(request) {
      const { 'x-id': id, 'x-time': time, 'x-signature': signature } = request.headers;
      if (typeof id !== 'string' || typeof time !== 'string' || typeof signature !== 'string')
        throw authenticator.refused(request, 'TOKEN_MISSING', 'sign the call');
      const shown = Buffer.from(signature, 'base64');
      const signed = request.rawBody ?? Buffer.alloc(0);
      const caller =
        Math.abs(now() - Number(time)) < clockMayDiffer
          ? authenticator.callerOf({
              index: id,
              proves: (secret) => sameBytes(sign(secret.toString(), time, signed), shown),
            })
          : undefined;
      if (caller === undefined) throw authenticator.refused(request, 'TOKEN_WRONG', 'the signature is not valid');
      return caller;
    },
  };
}

function madeUp(name: string, guard: Guard): ServedApi {
  return {
    description: { tag: { name, description: 'Is made up.' }, way: 'It answers who calls.', security: {} },
    async plugin(app) {
      guardCalls(app, guard);
      takeJsonBodies(app, guard);
      app.setErrorHandler((error, request, reply) => {
        const { code, httpStatus, message, retryAfter } = troubleOf(error, request.id);
        if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
        return reply.code(httpStatus).send({ stat: false, code, info: message });
      });
      const body = { type: 'object', required: ['amount'], properties: { amount: { type: 'integer' } } } as const;
      app.post(`/${name}/call`, { bodyLimit: 1000, schema: { body } }, async ({ caller }) => ({
        stat: true,
        user: caller?.user,
      }));
    },
  };
}

export interface MadeUp {
  readonly app: FastifyInstance;
  readonly source: TestSource;
  readonly stores: CredentialStores;
  readonly api: ReviewingApi;
  readonly failures: string[];
  logged(this: void): string;
  /** With an object, a text or bytes as the body. */
  call(
    this: void,
    name: 'keyed' | 'signed',
    body: string | Buffer | object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<LightMyRequestResponse>;
}

/** The application with both; no credential is there. */
export async function madeUpApp(
  limits: Partial<Limits> = {},
  now: () => number = Date.now,
  failureLimit = new FailureLimit(),
): Promise<MadeUp> {
  let logged = '';
  const log = pino({ level: 'trace' }, { write: (line: string) => void (logged += line) });
  const source = new TestSource();
  const stores = new CredentialStores([keyKind, signingKind], source, log);
  const failures: string[] = [];
  const api = new ReviewingApi();
  const options = (kind: CredentialKind): AuthenticatorOptions => ({
    shown: kind.shown,
    credentials: stores.of(kind),
    failures: failureLimit,
    onFailure: (code) => failures.push(code),
  });
  const app = await buildApp({
    log,
    metrics: new HttpMetrics(new Registry()),
    limits: { lag: 0, ...limits },
    apis: [
      madeUp('keyed', keyGuard(options(keyKind), new TokenReviews(api))),
      madeUp('signed', signatureGuard(options(signingKind), now)),
    ],
  });
  onTestFinished(() => app.close());
  return {
    app,
    source,
    stores,
    api,
    failures,
    logged: () => logged,
    call: async (name, body, headers = {}) =>
      app.inject({
        method: 'POST',
        url: `/${name}/call`,
        headers,
        payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      }),
  };
}
