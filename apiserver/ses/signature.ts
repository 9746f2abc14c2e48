import { createHmac } from 'node:crypto';

import type { FastifyRequest } from 'fastify';

import { Authenticator, sameBytes } from '../auth/authenticator.ts';
import { bearerGuard, type BearerOptions } from '../auth/bearer.ts';
import type { Guard } from '../auth/guard.ts';

/** Milliseconds by which the clock of a caller may differ from ours; beyond it a call may be an old one, sent again. */
const clocksMayDiffer = 300_000;

/** What a caller signs. */
export interface SignedCall {
  readonly method: string;
  /** Path and query, as they are sent. */
  readonly uri: string;
  /** Milliseconds since 1970, in the very text of the header. */
  readonly timestamp: string;
  readonly accessKey: string;
}

/** @returns the signature, version 2: HMAC-SHA256 over method, path with query, time and access key. */
export function signatureOf({ method, uri, timestamp, accessKey }: SignedCall, secretKey: Buffer | string): Buffer {
  return createHmac('sha256', secretKey).update(`${method} ${uri}\n${timestamp}\n${accessKey}`).digest();
}

/** How the description of the API tells of such callers. */
export const signatureSchemes = {
  accessKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-ncp-iam-access-key',
    description: 'The access key of a credential. x-ncp-apigw-timestamp and x-ncp-apigw-signature-v2 go with it.',
  },
} as const;

/** Which of the headers a call lacks that is to be let in by its signature. */
const missing = 'Authentication information are missing.';
const wrong = 'Invalid authentication information.';

/** What a guard takes for right. */
export interface SignatureRules {
  /** A signature that leaves the query out is taken too. */
  readonly takesUnsignedQuery: boolean;
  /** Milliseconds since 1970; absent: the clock. */
  readonly now?: () => number;
}

/**
 * Lets calls pass that are signed with the secret key of a credential within five minutes of our time, or that show a
 * bearer token of the Kubernetes API server.
 */
export function signatureGuard(options: BearerOptions, { takesUnsignedQuery, now = Date.now }: SignatureRules): Guard {
  const authenticator = new Authenticator(options);
  const bearer = bearerGuard(options);
  return {
    // The body is not signed.
    reads: 'headers',
    async identify(request) {
      if (request.headers.authorization !== undefined) return bearer.identify(request);
      const shown = shownBy(request);
      if (shown === undefined) throw authenticator.refused(request, 'TOKEN_MISSING', missing);
      const { signature, ...call } = shown;
      const signed = takesUnsignedQuery ? [call, { ...call, uri: pathOf(call.uri) }] : [call];
      const caller = isTimely(call.timestamp, now())
        ? authenticator.callerOf({
            index: call.accessKey,
            proves: (secretKey) =>
              signed.filter((each) => sameBytes(signatureOf(each, secretKey), signature)).length > 0,
          })
        : undefined;
      if (caller === undefined) throw authenticator.refused(request, 'TOKEN_WRONG', wrong);
      return caller;
    },
  };
}

function shownBy({ method, raw, headers }: FastifyRequest): (SignedCall & { readonly signature: Buffer }) | undefined {
  const timestamp = headers['x-ncp-apigw-timestamp'];
  const accessKey = headers['x-ncp-iam-access-key'];
  const signature = headers['x-ncp-apigw-signature-v2'];
  if (typeof timestamp !== 'string' || typeof accessKey !== 'string' || typeof signature !== 'string') return undefined;
  return { method, uri: raw.url ?? '', timestamp, accessKey, signature: Buffer.from(signature, 'base64') };
}

function pathOf(uri: string): string {
  return uri.split('?', 1)[0] ?? '';
}

function isTimely(timestamp: string, now: number): boolean {
  return /^[0-9]{1,15}$/.test(timestamp) && Math.abs(now - Number(timestamp)) < clocksMayDiffer;
}
