import type { CredentialKind, NewCredential } from './credential-kind.ts';
import { digestOf, knownByDigest, newToken } from './digest.ts';

/** Tokens that callers show as `Authorization: Bearer <token>`. A Secret need not hold more of one than its SHA-256. */
export const bearerKind: CredentialKind = {
  name: 'bearer',
  shown: 'token',
  read: (text) => knownByDigest(text, 'token'),
  make: () => bearerCredential(newToken()),
};

/** @returns the credential of a caller who shows this token */
export function bearerCredential(token: string): NewCredential {
  return {
    secret: token,
    data: { tokenSHA256: digestOf(token).toString('hex') },
    use: `The token is shown this once:\n\n  ${token}\n\nIts caller sends: Authorization: Bearer ${token}\n`,
  };
}
