/** A kind of credential: what callers show, how it is known again, and what of it a Secret has to hold for that. */
export interface CredentialKind {
  /** Value of the label of its Secrets. */
  readonly name: string;
  /** What callers call that which they show, for example `token`. */
  readonly shown: string;
  /**
   * @param text reads a key of a Secret; undefined: it has none
   * @returns how its callers are known, or what is wrong with the Secret, without a word of what is secret in it
   */
  read(text: (key: string) => string | undefined): KnownBy | string;
  /** Makes one that nobody can guess. */
  make(): NewCredential;
}

/** How a caller is known again. */
export interface KnownBy {
  /** Under which he is found: the digest of what he shows, or the name that he shows beside it. No secret. */
  readonly index: string;
  /** What his proof is compared with: a digest where that is enough, else the secret itself. */
  readonly proof: Buffer;
}

/** A credential that no Secret holds yet. */
export interface NewCredential {
  /** What its caller has to keep to himself. */
  readonly secret: string;
  /** For the Secret, by key. */
  readonly data: Readonly<Record<string, string>>;
  /** For people: how it is used. It holds the secret. */
  readonly use: string;
}
