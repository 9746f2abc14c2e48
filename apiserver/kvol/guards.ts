import { hash } from 'node:crypto';

import type { FastifyRequest } from 'fastify';

import { Authenticator, sameBytes } from '../auth/authenticator.ts';
import { bearerGuard, type BearerOptions } from '../auth/bearer.ts';
import type { Caller } from '../auth/caller.ts';
import type { Guard } from '../auth/guard.ts';
import { isSignedWith, readToken, signToken } from './token.ts';

/** Whom the document calls with. */
const documentedUser = 'gabianet';

export interface KvolGuards {
  /** Of the calls: a token, by basic authentication or as it is, or a token of the Kubernetes API server. */
  readonly calls: Guard;
  /** Of the call for a token: name and key by basic authentication. */
  readonly token: Guard;
  /** @returns a token for whoever the guard of the call for a token let in */
  tokenFor(this: void, request: FastifyRequest): string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the credential by which a caller was let in to whom a token is to be given. */
    kvolKey: { readonly name: string; readonly key: Buffer } | null;
  }
}

/** What callers can show, and how it is known again. */
export function kvolGuards(options: Omit<BearerOptions, 'openAs'>): KvolGuards {
  const authenticator = new Authenticator(options);
  const bearer = bearerGuard(options);
  return {
    calls: {
      reads: 'headers',
      async identify(request) {
        const { authorization = '' } = request.headers;
        return /^Bearer /i.test(authorization)
          ? bearer.identify(request)
          : byToken(tokenIn(authorization), request, authenticator);
      },
    },
    token: {
      reads: 'headers',
      async identify(request) {
        const [name, key] = basicOf(request.headers.authorization ?? '') ?? [];
        if (name === undefined || key === undefined)
          throw authenticator.refused(
            request,
            'TOKEN_MISSING',
            'name and key of a credential are required: send them by basic authentication',
          );
        const digest = digestOf(Buffer.from(key));
        const caller = authenticator.callerOf({ index: name, proves: (proof) => sameBytes(digestOf(proof), digest) });
        if (caller === undefined)
          throw authenticator.refused(
            request,
            'TOKEN_WRONG',
            'name and key are not those of a credential: ask the operator',
          );
        request.kvolKey = { name, key: Buffer.from(key) };
        return caller;
      },
    },
    tokenFor({ kvolKey }) {
      if (kvolKey === null) throw new Error('the guard of the call for a token lets requests pass without a key');
      return signToken(kvolKey.name, kvolKey.key, Math.floor(Date.now() / 1000));
    },
  };
}

function byToken(text: string | undefined, request: FastifyRequest, authenticator: Authenticator): Caller {
  if (text === undefined)
    throw authenticator.refused(
      request,
      'TOKEN_MISSING',
      'a token is required: get one from /api/token, and send it by basic authentication ' +
        `as the password of ${documentedUser}`,
    );
  const token = readToken(text);
  const caller =
    token === undefined
      ? undefined
      : authenticator.callerOf({ index: token.name, proves: (key) => isSignedWith(token, key) });
  if (token === undefined || caller === undefined)
    throw authenticator.refused(request, 'TOKEN_WRONG', 'the token is not valid: get one from /api/token');
  // Only of a token that was ours something may be said.
  if (token.expires * 1000 <= Date.now())
    throw authenticator.refused(request, 'TOKEN_WRONG', 'the token has expired: get a new one from /api/token');
  return caller;
}

/** The password of the documented user; or the token as it is, which no Base64 text looks like. */
function tokenIn(authorization: string): string | undefined {
  const raw = /^Basic +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+) *$/i.exec(authorization)?.[1];
  if (raw !== undefined) return raw;
  const [user, password] = basicOf(authorization) ?? [];
  return user === documentedUser ? password : undefined;
}

function basicOf(authorization: string): readonly [string, string] | undefined {
  const word = /^Basic +([A-Za-z0-9+/_-]+=*) *$/i.exec(authorization)?.[1];
  if (word === undefined) return undefined;
  const text = Buffer.from(word, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : [text.slice(0, colon), text.slice(colon + 1)];
}

/** So that what is compared has one length. */
function digestOf(key: Buffer): Buffer {
  return hash('sha256', key, 'buffer');
}
