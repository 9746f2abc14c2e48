import type { FastifyRequest } from 'fastify';

import { AuthError, TokenFileError } from './errors.ts';
import type { FailureLimit } from './failures.ts';
import type { TokenFile } from './tokenfile.ts';

export interface BearerOptions {
  readonly tokens: Pick<TokenFile, 'has'>;
  readonly failures: FailureLimit;
  /** Told of every caller who was not let in, by the AuthError's code. */
  readonly onFailure?: (code: AuthError['code']) => void;
}

/** For an onRequest hook: lets a request pass or rejects. */
export interface Guard {
  (request: FastifyRequest): Promise<void>;
}

/**
 * Lets requests with `Authorization: Bearer <token>` pass.
 *
 * The limit holds for failures only. A right token is let in from everywhere, since callers behind one proxy share an address, and one of them
 * with a wrong token must not shut out the rest; against guessing stands the length of the tokens.
 * @returns a guard that throws AuthError
 */
export function bearerGuard({ tokens, failures, onFailure }: BearerOptions): Guard {
  const refuse = (request: FastifyRequest, code: 'TOKEN_MISSING' | 'TOKEN_WRONG', message: string): AuthError => {
    const wait = failures.blockedFor(request.ip, performance.now());
    if (wait > 0) {
      onFailure?.('TOO_MANY_FAILURES');
      return new AuthError('TOO_MANY_FAILURES', 429, 'too many calls without a valid token: wait a minute and call with the right token', Math.ceil(wait / 1000));
    }
    failures.failed(request.ip, performance.now());
    onFailure?.(code);
    request.log.warn({ code, remoteAddress: request.ip }, 'caller not let in');
    return new AuthError(code, 401, message);
  };
  return async (request) => {
    const token = /^Bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw refuse(request, 'TOKEN_MISSING', 'a token is required: send the header "Authorization: Bearer <token>"');
    let good: boolean;
    try {
      good = await tokens.has(token);
    } catch (error) {
      if (!(error instanceof TokenFileError)) throw error;
      onFailure?.('TOKENS_UNREADABLE');
      request.log.error({ err: error }, 'tokens cannot be checked');
      throw new AuthError('TOKENS_UNREADABLE', 503, 'tokens cannot be checked at the moment: the operator finds the reason in the log', 10);
    }
    if (!good) throw refuse(request, 'TOKEN_WRONG', 'the token is not valid: ask the operator for the present one');
  };
}
