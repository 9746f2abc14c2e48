import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';

import { TokenFileError } from './errors.ts';

/** Guessing a token of this length is hopeless, with or without a limit on tries. */
const minLength = 32;
const maxLength = 1024;
/** What a header can carry: visible ASCII. */
const visible = /^[\x21-\x7e]+$/;

export interface TokenFileOptions {
  /** For how long (milliseconds) the file is not looked at again while tokens match; so long a withdrawn token still works. */
  readonly lookAgainAfter?: number;
}

interface Content {
  /** Of the file it was read from. */
  readonly version: string;
  /** SHA-256 of each token: of one length, as a comparison in constant time needs them. */
  readonly digests: readonly Buffer[];
}

/**
 * The tokens in a file, one a line, of which each is good; two of them let callers change over without a gap. The file is read again when it
 * was changed or replaced, as a mounted Secret is.
 */
export class TokenFile {
  readonly path: string;
  readonly #lookAgainAfter: number;
  #content: Content | undefined;
  #lookedAt = 0;

  constructor(path: string, options: TokenFileOptions = {}) {
    this.path = path;
    this.#lookAgainAfter = options.lookAgainAfter ?? 1000;
  }

  /** @returns whether the token is among those of the file now. @throws TokenFileError while the file cannot be used: then nobody is let in. */
  async has(token: string): Promise<boolean> {
    if (performance.now() - this.#lookedAt > this.#lookAgainAfter) await this.read();
    if (this.#matches(token)) return true;
    // It may be the new one of a rotation that happened since.
    const before = this.#content;
    await this.read();
    return this.#content !== before && this.#matches(token);
  }

  /** Reads the file if it is not the one that was read last. @throws TokenFileError */
  async read(): Promise<void> {
    try {
      const { ino, size, mtimeMs } = await stat(this.path);
      const version = `${ino} ${size} ${mtimeMs}`;
      if (this.#content?.version !== version) this.#content = { version, digests: parse(await readFile(this.path, 'utf8'), this.path) };
      this.#lookedAt = performance.now();
    } catch (error) {
      // The tokens read before may have been withdrawn by the very change that cannot be read.
      this.#content = undefined;
      this.#lookedAt = 0;
      if (error instanceof TokenFileError) throw error;
      throw new TokenFileError(`the file of tokens cannot be read (${error instanceof Error ? error.message : String(error)}): make it, readable for this process`, { cause: error });
    }
  }

  #matches(token: string): boolean {
    const digest = digestOf(token);
    let found = false;
    // All are compared, so that the time does not tell which one was close.
    for (const known of this.#content?.digests ?? []) found = timingSafeEqual(known, digest) || found;
    return found;
  }
}

function parse(text: string, path: string): readonly Buffer[] {
  const tokens = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '');
  if (tokens.length === 0) throw new TokenFileError(`${path} holds no token: write one with: openssl rand -hex 32 > ${path}`);
  for (const [index, token] of tokens.entries()) {
    if (token.length < minLength || token.length > maxLength || !visible.test(token)) {
      throw new TokenFileError(`${path}: token ${index + 1} cannot be used: give ${minLength} to ${maxLength} letters, digits and signs without blanks, for example the output of: openssl rand -hex 32`);
    }
  }
  return tokens.map(digestOf);
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
