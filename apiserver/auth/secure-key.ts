import { isObject } from '../http/json.ts';
import { Authenticator, sameBytes } from './authenticator.ts';
import { callerBy, type BearerOptions } from './bearer.ts';
import type { CredentialKind } from './credential-kind.ts';
import { digestOf, knownBy, knownByDigest, newToken } from './digest.ts';
import type { Guard } from './guard.ts';

/** Keys that callers send in the body, as `secure-key`. A Secret need not hold more of one than its SHA-256. */
export const secureKeyKind: CredentialKind = {
  name: 'secure-key',
  shown: 'secure-key',
  read: (text) => knownByDigest(text, 'secureKey'),
  make() {
    const key = newToken();
    return {
      secret: key,
      data: { secureKeySHA256: digestOf(key).toString('hex') },
      use:
        `The secure-key is shown this once:\n\n  ${key}\n\n` +
        `Its caller sends it in each body: {"secure-key": "${key}", …}\n` +
        `To an API in original mode he sends it as a token: Authorization: Bearer ${key}\n`,
    };
  },
};

/**
 * Lets requests pass whose body has a `secure-key` that is that of a credential, or that show a token of the API server
 * as `Authorization: Bearer <token>`.
 */
export function secureKeyGuard({ tokenReviews, ...options }: Omit<BearerOptions, 'openAs'>): Guard {
  const authenticator = new Authenticator(options);
  return {
    reads: 'body',
    async identify(request) {
      const { authorization } = request.headers;
      if (authorization !== undefined) return callerBy(authorization, request, authenticator, tokenReviews);
      const key: unknown = isObject(request.body) ? request.body['secure-key'] : undefined;
      if (typeof key !== 'string' || key === '')
        throw authenticator.refused(request, 'TOKEN_MISSING', 'Required entity is missing: secure-key');
      const digest = digestOf(key);
      const { index } = knownBy(digest);
      const caller = authenticator.callerOf({ index, proves: (proof) => sameBytes(proof, digest) });
      if (caller === undefined) throw authenticator.refused(request, 'TOKEN_WRONG', 'Your secure-key is invalid');
      return caller;
    },
  };
}
