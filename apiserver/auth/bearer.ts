import type { FastifyRequest } from 'fastify';

import { cookieIn } from '../http/cookies.ts';
import { Authenticator, sameBytes, type AuthenticatorOptions } from './authenticator.ts';
import { digestOf, knownBy } from './digest.ts';
import type { Caller } from './caller.ts';
import type { Guard } from './guard.ts';
import type { TokenReviews } from './token-reviews.ts';

export interface BearerOptions extends AuthenticatorOptions {
  /** Asked about tokens that are in no credential; without it these are refused. */
  readonly tokenReviews?: Pick<TokenReviews, 'find'> | undefined;
  /** Who somebody is that shows nothing at all; without it such calls are refused. */
  readonly openAs?: Caller | undefined;
  /** Name of a cookie in which the token may come where there is no such header. */
  readonly cookie?: string;
}

/** How the description of an API tells of such callers. */
export const bearerScheme = {
  type: 'http',
  scheme: 'bearer',
  description:
    'The token of a credential, or one of the Kubernetes API server itself, such as that of a service account.',
} as const;

/**
 * Lets requests with `Authorization: Bearer <token>` pass, the token being that of a credential or one of the API
 * server's own.
 */
export function bearerGuard({ openAs, tokenReviews, cookie, ...options }: BearerOptions): Guard {
  const authenticator = new Authenticator(options);
  return {
    reads: 'headers',
    async identify(request) {
      const authorization = request.headers.authorization ?? tokenInCookie(request, cookie);
      const open = authorization === undefined ? openAs : undefined;
      return open ?? callerBy(authorization, request, authenticator, tokenReviews);
    },
  };
}

/** A browser sends cookies also where a page of another site makes it call; such calls are taken for calls without. */
function tokenInCookie({ headers }: FastifyRequest, name: string | undefined): string | undefined {
  const token = name === undefined ? undefined : cookieIn(headers.cookie, name);
  if (token === undefined || (headers.origin !== undefined && hostIn(headers.origin) !== headers.host))
    return undefined;
  return `Bearer ${token}`;
}

function hostIn(origin: string): string | undefined {
  return URL.parse(origin)?.host;
}

/**
 * @returns who shows such a header: the caller of a credential, or one whom the API server knows.
 * @throws AuthError when he is not let in
 */
export async function callerBy(
  authorization: string | undefined,
  request: FastifyRequest,
  authenticator: Authenticator,
  tokenReviews: BearerOptions['tokenReviews'],
): Promise<Caller> {
  const token = /^Bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1];
  if (token === undefined)
    throw authenticator.refused(
      request,
      'TOKEN_MISSING',
      'a token is required: send the header "Authorization: Bearer <token>"',
    );
  const digest = digestOf(token);
  const { index } = knownBy(digest);
  const caller = authenticator.callerOf({ index, proves: (proof) => sameBytes(proof, digest) });
  if (caller !== undefined) return caller;
  const reviewed = await asked(tokenReviews?.find(token, authenticator.isBlocked(request)), request, authenticator);
  if (reviewed === 'busy') throw authenticator.unreadable();
  if (reviewed === undefined)
    throw authenticator.refused(request, 'TOKEN_WRONG', 'the token is not valid: ask the operator for the present one');
  return reviewed;
}

async function asked<A>(
  asking: Promise<A> | undefined,
  request: FastifyRequest,
  authenticator: Authenticator,
): Promise<A | undefined> {
  try {
    return await asking;
  } catch (error) {
    request.log.error({ err: error }, 'the API server cannot be asked about a token');
    throw authenticator.unreadable();
  }
}
