import { hash, randomBytes } from 'node:crypto';

import type { CredentialKind, KnownBy, NewCredential } from './credential-kind.ts';
import { withoutLineEnd } from './credential-secret.ts';

/** Guessing a token of this length is hopeless, with or without a limit on tries. */
const minTokenLength = 32;
const maxTokenLength = 1024;
/** What a header can carry as one word: visible ASCII. */
const visible = /^[\x21-\x7e]+$/;

/** Tokens that callers show as `Authorization: Bearer <token>`. A Secret need not hold more of one than its SHA-256. */
export const bearerKind: CredentialKind = {
  name: 'bearer',
  shown: 'token',
  read(text) {
    const digest = readDigest(text('token'), text('tokenSHA256'));
    return typeof digest === 'string' ? digest : knownBy(digest);
  },
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

/** @returns the SHA-256 of a token: all that is kept of it. */
export function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/**
 * @param digest of a token
 * @returns how its caller is known. Nobody can choose a token so that its digest begins like another one's, so that the
 * time of a look-up tells nothing of use.
 */
export function knownBy(digest: Buffer): KnownBy {
  return { index: digest.toString('latin1'), proof: digest };
}

/** @returns a token that nobody can guess: 256 bits, of characters that need no quoting anywhere. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

function readDigest(token: string | undefined, tokenSHA256: string | undefined): Buffer | string {
  if (token === undefined && tokenSHA256 === undefined)
    return 'it has neither tokenSHA256 nor token: set tokenSHA256 to the SHA-256 of the token in hexadecimal digits';
  if (token !== undefined && tokenSHA256 !== undefined)
    return 'it has both tokenSHA256 and token: take one of them away, better the token';
  if (token === undefined) {
    const digits = withoutLineEnd(tokenSHA256 ?? '');
    return /^[0-9a-f]{64}$/i.test(digits)
      ? Buffer.from(digits, 'hex')
      : 'tokenSHA256 is not 64 hexadecimal digits: set it to the output of: ' +
          'printf %s "$TOKEN" | sha256sum | cut -d" " -f1';
  }
  const word = withoutLineEnd(token);
  if (word.length < minTokenLength || word.length > maxTokenLength || !visible.test(word)) {
    return (
      `token is not ${minTokenLength} to ${maxTokenLength} letters, digits and signs without blanks: ` +
      'use for example the output of: openssl rand -hex 32'
    );
  }
  return digestOf(word);
}
