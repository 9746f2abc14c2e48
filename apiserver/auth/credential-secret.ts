import { hash } from 'node:crypto';

import type { Secret } from '../../kube/builtin.ts';
import { groupProblem, userProblem } from './identity.ts';
import type { Caller } from './caller.ts';

/** Type of the Secrets that hold a credential. */
export const credentialType = 'fleetwright.io/credential';
/** Label of these Secrets: the kind of credential. */
export const credentialLabel = 'fleetwright.io/credential';
/** The kind that callers show as `Authorization: Bearer <token>`. */
export const bearerKind = 'bearer';
/** Label with the name that the operator gave to the credential; the Secrets of a rotation share it. */
export const credentialNameLabel = 'fleetwright.io/credential-name';

/** Guessing a token of this length is hopeless, with or without a limit on tries. */
const minTokenLength = 32;
const maxTokenLength = 1024;
/** What a header can carry as one word: visible ASCII. */
const visible = /^[\x21-\x7e]+$/;

/** A bearer token, known by its SHA-256 only, and who calls with it. */
export interface Credential {
  readonly digest: Buffer;
  readonly caller: Caller;
}

/** @returns the SHA-256 of a token: all that is kept of it. */
export function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** @returns the credential in a Secret, or what is wrong with it, without a word of its content but for the user's and groups' names. */
export function readCredential({ type, data = {} }: Secret): Credential | string {
  const text = (key: string): string | undefined =>
    data[key] === undefined ? undefined : Buffer.from(data[key], 'base64').toString('utf8');
  if (type !== credentialType) return `its type is ${type ?? 'not set'}: make it anew with the type ${credentialType}`;
  const digest = readDigest(text('token'), text('tokenSHA256'));
  if (typeof digest === 'string') return digest;
  const user = withoutLineEnd(text('user') ?? '');
  const wrongUser = userProblem(user);
  if (wrongUser !== undefined) return `user ${JSON.stringify(user)} cannot be used: ${wrongUser}`;
  const groups = (text('groups') ?? '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  for (const group of groups) {
    const problem = groupProblem(user, group);
    if (problem !== undefined) return `group ${JSON.stringify(group)} cannot be used: ${problem}`;
  }
  return { digest, caller: { user, groups } };
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
      : 'tokenSHA256 is not 64 hexadecimal digits: set it to the output of: printf %s "$TOKEN" | sha256sum | cut -d" " -f1';
  }
  const word = withoutLineEnd(token);
  if (word.length < minTokenLength || word.length > maxTokenLength || !visible.test(word)) {
    return `token is not ${minTokenLength} to ${maxTokenLength} letters, digits and signs without blanks: use for example the output of: openssl rand -hex 32`;
  }
  return digestOf(word);
}

/** Files that people put into Secrets mostly end with one. */
function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}
