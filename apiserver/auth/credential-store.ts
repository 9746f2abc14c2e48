import type { Logger } from 'pino';

import type { Secret } from '../../kube/builtin.ts';
import { keyOf } from '../../kube/objects.ts';
import type { Change } from '../../kube/reflector.ts';
import type { Caller } from './caller.ts';
import type { CredentialKind } from './credential-kind.ts';
import { credentialLabel, readCredential, type Credential } from './credential-secret.ts';

/** The part of a Reflector over the Secrets that a store of credentials needs. */
export interface SecretSource {
  readonly hasSynced: boolean;
  onChange(handler: (change: Change<Secret>) => void): void;
}

/** What the Secrets say about those who are found under one index. */
export interface Known {
  /** Undefined when they do not agree. */
  readonly caller: Caller | undefined;
  /** With any of which he may prove that he is it: there are several while a credential is rotated. */
  readonly proofs: readonly Buffer[];
}

/**
 * The credentials of one kind in labelled Secrets. What is changed, added or deleted there holds as soon as the watch
 * tells of it.
 *
 * What two Secrets hold that name different callers is nobody's: which of them was meant could only be guessed. With
 * the same caller in both, either serves, so that a Secret can be replaced without a gap.
 */
export class CredentialStore {
  readonly #kind: CredentialKind;
  readonly #source: SecretSource;
  readonly #log: Pick<Logger, 'warn'>;
  /** By the key of their Secret. */
  readonly #credentials = new Map<string, Credential>();
  readonly #broken = new Set<string>();
  /** Keys of the Secrets, by the index of the credential in them. */
  readonly #byIndex = new Map<string, readonly string[]>();

  /** @param source not running yet: of what it told before, nothing would be known */
  constructor(kind: CredentialKind, source: SecretSource, log: Pick<Logger, 'warn'>) {
    this.#kind = kind;
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

  /** @returns what is known of who is found under it; undefined when no Secret says anything. */
  find(index: string): Known | undefined {
    const secrets = this.#byIndex.get(index);
    if (secrets === undefined) return undefined;
    const found = secrets.flatMap((key) => this.#credentials.get(key) ?? []);
    const [first, ...others] = found.map(({ caller }) => caller);
    const agree = first !== undefined && others.every((other) => sameCaller(other, first));
    return { caller: agree ? first : undefined, proofs: found.map(({ proof }) => proof) };
  }

  #take({ type, object }: Change<Secret>): void {
    const key = keyOf(object);
    this.#forget(key);
    // Of another kind, now or all along.
    if (type === 'deleted' || object.metadata.labels?.[credentialLabel] !== this.#kind.name) return;
    const credential = readCredential(object, this.#kind);
    if (typeof credential === 'string') {
      this.#broken.add(key);
      this.#log.warn({ secret: key, problem: credential }, 'credential cannot be used');
      return;
    }
    const { index } = credential;
    const others = this.#byIndex.get(index) ?? [];
    this.#credentials.set(key, credential);
    this.#byIndex.set(index, [...others, key]);
    if (this.find(index)?.caller !== undefined) return;
    const problem =
      `the same ${this.#kind.shown} for another user or other groups: ` +
      'nobody is let in with it; delete one of these Secrets';
    this.#log.warn({ secret: key, others, problem }, 'credential cannot be used');
  }

  #forget(key: string): void {
    this.#broken.delete(key);
    const credential = this.#credentials.get(key);
    if (credential === undefined) return;
    this.#credentials.delete(key);
    const others = (this.#byIndex.get(credential.index) ?? []).filter((other) => other !== key);
    if (others.length === 0) this.#byIndex.delete(credential.index);
    else this.#byIndex.set(credential.index, others);
  }
}

function sameCaller(one: Caller, other: Caller): boolean {
  return one.user === other.user && one.groups.toSorted().join('\n') === other.groups.toSorted().join('\n');
}
