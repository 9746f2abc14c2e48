import type { Logger } from 'pino';

import type { CredentialKind } from './credential-kind.ts';
import { CredentialStore, type SecretSource } from './credential-store.ts';

/** The credentials of all kinds, from one watch. */
export class CredentialStores {
  readonly #stores: ReadonlyMap<CredentialKind, CredentialStore>;

  /** @param source of the Secrets of these kinds, not running yet */
  constructor(kinds: readonly CredentialKind[], source: SecretSource, log: Pick<Logger, 'warn'>) {
    this.#stores = new Map([...new Set(kinds)].map((kind) => [kind, new CredentialStore(kind, source, log)]));
  }

  /** @throws Error for a kind that the stores were not made with */
  of(kind: CredentialKind): CredentialStore {
    const store = this.#stores.get(kind);
    if (store === undefined)
      throw new Error(`credentials of the kind ${kind.name} are not watched: name it at the start`);
    return store;
  }

  /** How many Secrets hold a credential, and how many hold none that can be used. */
  get counts(): { readonly usable: number; readonly broken: number } {
    const all = [...this.#stores.values()].map(({ counts }) => counts);
    return {
      usable: all.reduce((sum, { usable }) => sum + usable, 0),
      broken: all.reduce((sum, { broken }) => sum + broken, 0),
    };
  }
}
