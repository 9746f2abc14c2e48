import { timingSafeEqual } from 'node:crypto';

import type { FastifyRequest } from 'fastify';

import type { Caller } from './caller.ts';
import type { CredentialStore } from './credential-store.ts';
import { AuthError } from './errors.ts';
import type { FailureLimit } from './failures.ts';

export interface AuthenticatorOptions {
  /** What callers show, for example `token`. */
  readonly shown: string;
  readonly credentials: Pick<CredentialStore, 'ready' | 'find'>;
  readonly failures: FailureLimit;
  /** Told of every caller who was not let in, by the AuthError's code. */
  readonly onFailure?: (code: AuthError['code']) => void;
}

/** What a caller has shown of a credential. */
export interface Shown {
  /** Under which it is found in a CredentialStore. */
  readonly index: string;
  /** @returns whether it agrees with what a Secret holds; compare by sameBytes */
  proves(this: void, proof: Buffer): boolean;
}

/**
 * What every guard does in the same way, whatever is shown to it: it asks the Secrets, of which several hold while a
 * credential is rotated, counts failures, and says no.
 *
 * The limit holds for failures only. Who shows what is right is let in from everywhere, since callers behind one proxy
 * share an address, and one of them who is wrong must not shut out the rest; against guessing stands the length of what
 * is shown.
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** @returns who has shown it; undefined when no Secret says so. @throws AuthError while the Secrets were not read */
  callerOf({ index, proves }: Shown): Caller | undefined {
    const { credentials } = this.#options;
    if (!credentials.ready) throw this.unreadable();
    const known = credentials.find(index);
    // All of them are compared, so that the time does not tell which one it was.
    return known?.proofs.filter(proves).length ? known.caller : undefined;
  }

  /** @returns whether this address has shown so much that was wrong that it is worth no question to anybody */
  isBlocked({ ip }: FastifyRequest): boolean {
    return this.#options.failures.blockedFor(ip, performance.now()) > 0;
  }

  /** Takes note of a caller who is not let in. @returns the error that says so */
  refused({ ip, log }: FastifyRequest, code: 'TOKEN_MISSING' | 'TOKEN_WRONG', message: string): AuthError {
    const { failures, onFailure, shown } = this.#options;
    const wait = failures.blockedFor(ip, performance.now());
    if (wait > 0) {
      onFailure?.('TOO_MANY_FAILURES');
      return new AuthError(
        'TOO_MANY_FAILURES',
        429,
        `too many calls without a valid ${shown}: wait a minute and call with the right ${shown}`,
        Math.ceil(wait / 1000),
      );
    }
    failures.failed(ip, performance.now());
    onFailure?.(code);
    log.warn({ code, remoteAddress: ip }, 'caller not let in');
    return new AuthError(code, 401, message);
  }

  /** @returns the error that says that nobody can be told from anybody at the moment */
  unreadable(): AuthError {
    const { onFailure, shown } = this.#options;
    onFailure?.('CREDENTIALS_UNREADABLE');
    return new AuthError('CREDENTIALS_UNREADABLE', 503, `${shown}s cannot be checked at the moment: try again`, 5);
  }
}

/**
 * Compares in a time that tells nothing of where they differ; of two lengths it tells, so compare what has one length:
 * digests and signatures.
 */
export function sameBytes(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
