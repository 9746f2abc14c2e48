import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

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
  /** Keys of Secrets by #indexOf their token. */
  readonly #byToken = new Map<string, Set<string>>();
  readonly #secret = randomBytes(32);

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
    const [first, ...others] = this.#having(digest);
    if (first === undefined || !timingSafeEqual(first.digest, digest)) return undefined;
    return others.every(({ caller }) => sameCaller(caller, first.caller)) ? first.caller : undefined;
  }

  #having(digest: Buffer): readonly Credential[] {
    return [...(this.#byToken.get(this.#indexOf(digest)) ?? [])].flatMap((key) => this.#credentials.get(key) ?? []);
  }

  /** Keyed with a secret of this process, so that the time a look-up takes says nothing about the tokens that are there. */
  #indexOf(digest: Buffer): string {
    return createHmac('sha256', this.#secret).update(digest).digest('base64');
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
    const index = this.#indexOf(credential.digest);
    const twins = this.#having(credential.digest);
    this.#credentials.set(key, credential);
    const keys = this.#byToken.get(index) ?? new Set();
    if (!twins.every(({ caller }) => sameCaller(caller, credential.caller))) {
      this.#log.warn({ secret: key, others: [...keys], problem: 'the same token for another user or other groups: nobody is let in with it; delete one of these Secrets' }, 'credential cannot be used');
    }
    this.#byToken.set(index, keys.add(key));
  }

  #forget(key: string): void {
    this.#broken.delete(key);
    const known = this.#credentials.get(key);
    if (known === undefined) return;
    this.#credentials.delete(key);
    const index = this.#indexOf(known.digest);
    const keys = this.#byToken.get(index);
    keys?.delete(key);
    if (keys?.size === 0) this.#byToken.delete(index);
  }
}

function sameCaller(one: Caller, other: Caller): boolean {
  return one.user === other.user && one.groups.toSorted().join('\n') === other.groups.toSorted().join('\n');
}
