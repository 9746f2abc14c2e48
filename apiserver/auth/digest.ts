import { hash, randomBytes } from 'node:crypto';

import type { KnownBy } from './credential-kind.ts';
import { withoutLineEnd } from './credential-secret.ts';

/** Guessing a word of this length is hopeless, with or without a limit on tries. */
const minLength = 32;
const maxLength = 1024;
/** What a header can carry as one word: visible ASCII. */
const visible = /^[\x21-\x7e]+$/;

/** @returns the SHA-256 of what a caller shows: all that is kept of it. */
export function digestOf(shown: string): Buffer {
  return hash('sha256', shown, 'buffer');
}

/**
 * @param digest of what a caller shows
 * @returns how he is known. Nobody can choose a word so that its digest begins like another one's, so that the time of
 * a look-up tells nothing of use.
 */
export function knownBy(digest: Buffer): KnownBy {
  return { index: digest.toString('latin1'), proof: digest };
}

/** @returns a word that nobody can guess: 256 bits, of characters that need no quoting anywhere. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * Reads a Secret that holds what a caller shows under `key`, or only its digest under `<key>SHA256`.
 * @returns how he is known, or what is wrong with the Secret
 */
export function knownByDigest(text: (key: string) => string | undefined, key: string): KnownBy | string {
  const digest = readDigest(key, text(key), text(`${key}SHA256`));
  return typeof digest === 'string' ? digest : knownBy(digest);
}

function readDigest(key: string, word: string | undefined, digits: string | undefined): Buffer | string {
  const digestKey = `${key}SHA256`;
  if (word === undefined && digits === undefined)
    return `it has neither ${digestKey} nor ${key}: set ${digestKey} to the SHA-256 of it in hexadecimal digits`;
  if (word !== undefined && digits !== undefined)
    return `it has both ${digestKey} and ${key}: take one of them away, better the ${key}`;
  if (word === undefined) {
    const hexadecimal = withoutLineEnd(digits ?? '');
    return /^[0-9a-f]{64}$/i.test(hexadecimal)
      ? Buffer.from(hexadecimal, 'hex')
      : `${digestKey} is not 64 hexadecimal digits: ` +
          `set it to the output of: printf %s "$${key.toUpperCase()}" | sha256sum | cut -d" " -f1`;
  }
  const shown = withoutLineEnd(word);
  return shown.length < minLength || shown.length > maxLength || !visible.test(shown)
    ? `${key} is not ${minLength} to ${maxLength} letters, digits and signs without blanks: ` +
        'use for example the output of: openssl rand -hex 32'
    : digestOf(shown);
}
