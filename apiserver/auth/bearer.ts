import type { FastifyRequest } from 'fastify';

import type { Caller } from './caller.ts';
import type { CredentialStore } from './credential-store.ts';
import { AuthError } from './errors.ts';
import type { FailureLimit } from './failures.ts';
import type { TokenReviews } from './token-reviews.ts';

export interface BearerOptions {
  readonly credentials: Pick<CredentialStore, 'ready' | 'find'>;
  /** Asked about tokens that are in no credential; without it these are refused. */
  readonly tokenReviews?: Pick<TokenReviews, 'find'> | undefined;
  readonly failures: FailureLimit;
  /** Who somebody is that shows nothing at all; without it such calls are refused. */
  readonly openAs?: Caller | undefined;
  /** Told of every caller who was not let in, by the AuthError's code. */
  readonly onFailure?: (code: AuthError['code']) => void;
}

/** How the description of an API tells of such callers. */
export const bearerScheme = {
  type: 'http',
  scheme: 'bearer',
  description:
    'The token of a credential, or one of the Kubernetes API server itself, such as that of a service account.',
} as const;

/** For an onRequest hook: sets `request.caller` and lets the request pass, or rejects. */
export interface Guard {
  (request: FastifyRequest): Promise<void>;
}

/**
 * Lets requests with `Authorization: Bearer <token>` pass, the token being that of a credential or one of the API server's own.
 *
 * The limit holds for failures only. A right token is let in from everywhere, since callers behind one proxy share an address, and one of them
 * with a wrong token must not shut out the rest; against guessing stands the length of the tokens.
 * @returns a guard that throws AuthError
 */
export function bearerGuard(options: BearerOptions): Guard {
  return async (request) => {
    const { authorization } = request.headers;
    const open = authorization === undefined ? options.openAs : undefined;
    request.caller = open ?? (await callerBy(authorization, request, options));
  };
}

async function callerBy(
  authorization: string | undefined,
  request: FastifyRequest,
  options: BearerOptions,
): Promise<Caller> {
  const { credentials, tokenReviews, failures } = options;
  const token = /^Bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1];
  if (token === undefined)
    throw refused(
      request,
      options,
      'TOKEN_MISSING',
      'a token is required: send the header "Authorization: Bearer <token>"',
    );
  if (!credentials.ready) throw unreadable(options);
  const caller = credentials.find(token);
  if (caller !== undefined) return caller;
  const reviewed = await asked(
    tokenReviews?.find(token, failures.blockedFor(request.ip, performance.now()) > 0),
    request,
    options,
  );
  if (reviewed === 'busy') throw unreadable(options);
  if (reviewed === undefined)
    throw refused(request, options, 'TOKEN_WRONG', 'the token is not valid: ask the operator for the present one');
  return reviewed;
}

async function asked<A>(
  asking: Promise<A> | undefined,
  request: FastifyRequest,
  options: BearerOptions,
): Promise<A | undefined> {
  try {
    return await asking;
  } catch (error) {
    request.log.error({ err: error }, 'the API server cannot be asked about a token');
    throw unreadable(options);
  }
}

function refused(
  request: FastifyRequest,
  { failures, onFailure }: BearerOptions,
  code: 'TOKEN_MISSING' | 'TOKEN_WRONG',
  message: string,
): AuthError {
  const wait = failures.blockedFor(request.ip, performance.now());
  if (wait > 0) {
    onFailure?.('TOO_MANY_FAILURES');
    return new AuthError(
      'TOO_MANY_FAILURES',
      429,
      'too many calls without a valid token: wait a minute and call with the right token',
      Math.ceil(wait / 1000),
    );
  }
  failures.failed(request.ip, performance.now());
  onFailure?.(code);
  request.log.warn({ code, remoteAddress: request.ip }, 'caller not let in');
  return new AuthError(code, 401, message);
}

function unreadable({ onFailure }: BearerOptions): AuthError {
  onFailure?.('CREDENTIALS_UNREADABLE');
  return new AuthError('CREDENTIALS_UNREADABLE', 503, 'tokens cannot be checked at the moment: try again', 5);
}
