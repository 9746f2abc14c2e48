import { timingSafeEqual } from 'node:crypto';

import type { Logger } from 'pino';

import type { Secret } from '../../kube/builtin.ts';
import { keyOf } from '../../kube/objects.ts';
import type { Change } from '../../kube/reflector.ts';
import type { Caller } from './caller.ts';
import { bearerKind, credentialLabel, digestOf, readCredential, type Credential } from './credential-secret.ts';

/** How the Secrets with bearer tokens are watched. */
export const bearerSelector = `${credentialLabel}=${bearerKind}`;

/** The part of a Reflector over the Secrets that a store of credentials needs. */
export interface SecretSource {
  readonly hasSynced: boolean;
  onChange(handler: (change: Change<Secret>) => void): void;
}

/**
 * The bearer tokens in labelled Secrets. What is changed, added or deleted there holds as soon as the watch tells of it.
 *
 * A token in two Secrets that name different callers is nobody's: which of them was meant could only be guessed. With the same caller in both, either
 * serves, so that a Secret can be replaced without a gap.
 */
export class CredentialStore {
  readonly #source: SecretSource;
  readonly #log: Pick<Logger, 'warn'>;
  /** By the key of their Secret. */
  readonly #credentials = new Map<string, Credential>();
  readonly #broken = new Set<string>();
  /**
   * Who calls with a token, and in which Secrets it is, by its digest: nobody can choose a token so that its digest begins like another one's, so
   * that the time of a look-up tells nothing of use.
   */
  readonly #byDigest = new Map<string, Known>();

  /** @param source not running yet: of what it told before, nothing would be known */
  constructor(source: SecretSource, log: Pick<Logger, 'warn'>) {
    this.#source = source;
    this.#log = log;
    source.onChange((change) => this.#take(change));
  }

  /** Whether the Secrets were read at all; before, nobody can be told from anybody. */
  get ready(): boolean {
    return this.#source.hasSynced;
  }

  /** How many Secrets hold a credential, and how many hold none that can be used. */
  get counts(): { readonly usable: number; readonly broken: number } {
    return { usable: this.#credentials.size, broken: this.#broken.size };
  }

  /** @returns who calls with this token; undefined when no Secret says so. */
  find(token: string): Caller | undefined {
    const digest = digestOf(token);
    const known = this.#byDigest.get(indexOf(digest));
    return known !== undefined && timingSafeEqual(known.digest, digest) ? known.caller : undefined;
  }

  #take({ type, object }: Change<Secret>): void {
    const key = keyOf(object);
    this.#forget(key);
    if (type === 'deleted') return;
    const credential = readCredential(object);
    if (typeof credential === 'string') {
      this.#broken.add(key);
      this.#log.warn({ secret: key, problem: credential }, 'credential cannot be used');
      return;
    }
    this.#credentials.set(key, credential);
    const others = this.#byDigest.get(indexOf(credential.digest))?.secrets ?? [];
    const { caller } = this.#know(credential.digest, [...others, key]);
    if (caller === undefined) {
      this.#log.warn(
        {
          secret: key,
          others,
          problem:
            'the same token for another user or other groups: nobody is let in with it; delete one of these Secrets',
        },
        'credential cannot be used',
      );
    }
  }

  #forget(key: string): void {
    this.#broken.delete(key);
    const credential = this.#credentials.get(key);
    if (credential === undefined) return;
    this.#credentials.delete(key);
    const others = this.#byDigest.get(indexOf(credential.digest))?.secrets.filter((other) => other !== key) ?? [];
    if (others.length === 0) this.#byDigest.delete(indexOf(credential.digest));
    else this.#know(credential.digest, others);
  }

  #know(digest: Buffer, secrets: readonly string[]): Known {
    const [first, ...others] = secrets.flatMap((key) => this.#credentials.get(key)?.caller ?? []);
    const known = {
      digest,
      secrets,
      caller: first !== undefined && others.every((other) => sameCaller(other, first)) ? first : undefined,
    };
    this.#byDigest.set(indexOf(digest), known);
    return known;
  }
}

/** What the Secrets say about one token. */
interface Known {
  readonly digest: Buffer;
  /** Keys of the Secrets. */
  readonly secrets: readonly string[];
  /** Undefined when they do not agree. */
  readonly caller: Caller | undefined;
}

function indexOf(digest: Buffer): string {
  return digest.toString('latin1');
}

function sameCaller(one: Caller, other: Caller): boolean {
  return one.user === other.user && one.groups.toSorted().join('\n') === other.groups.toSorted().join('\n');
}
