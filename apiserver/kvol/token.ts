import { createHmac } from 'node:crypto';

import { sameBytes } from '../auth/authenticator.ts';

/** Seconds that a token is good for, as the programs beside the original kvol have it. */
export const tokenLasts = 600;

/** Characters; ours are far shorter, and what is longer is not looked into. */
const longest = 1024;

/** What a token says. */
export interface Token {
  /** Of the credential that it was given for. */
  readonly name: string;
  /** When it ends, seconds since 1970. */
  readonly expires: number;
  /** What was signed, and the signature. */
  readonly signed: string;
  readonly signature: Buffer;
}

/** @param now seconds since 1970. @returns a compact JSON Web Signature (HS256) with the times in its header */
export function signToken(name: string, key: Buffer, now: number): string {
  const signed = `${part({ alg: 'HS256', iat: now, exp: now + tokenLasts })}.${part({ username: name })}`;
  return `${signed}.${signatureOf(signed, key).toString('base64url')}`;
}

/** @returns what a token says, whoever signed it; undefined for what is none */
export function readToken(text: string): Token | undefined {
  const [header, payload, signature, ...more] = text.length > longest ? [] : text.split('.');
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) return undefined;
  const { alg, exp } = fieldsOf(header);
  const { username } = fieldsOf(payload);
  if (alg !== 'HS256' || typeof exp !== 'number' || typeof username !== 'string') return undefined;
  return {
    name: username,
    expires: exp,
    signed: `${header}.${payload}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** @returns whether it was signed with this key */
export function isSignedWith({ signed, signature }: Token, key: Buffer): boolean {
  return sameBytes(signatureOf(signed, key), signature);
}

function signatureOf(signed: string, key: Buffer): Buffer {
  // Not with the key as it is: who was shown one signature of the other kind must not have one of this kind.
  const own = createHmac('sha256', key).update('fleetwright kvol token').digest();
  return createHmac('sha256', own).update(signed).digest();
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
