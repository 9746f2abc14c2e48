import type { Logger } from 'pino';

import { pause } from '../../kube/backoff.ts';
import { messageOf } from '../../kube/thrown.ts';
import type { TlsFiles } from '../config.ts';
import { pairOf, readPairText, type KeyPair, type PairText } from './key-pair.ts';
import type { TlsListener } from './listener.ts';
import type { TlsMetrics } from './metrics.ts';

/**
 * Milliseconds between two looks at the files. They are read, not watched: a mounted Secret is replaced by a link
 * somewhere above the file, and each kind of volume tells of that in a way of its own, or not at all.
 */
const between = 5000;

/** Reads the pair that the facade starts with. @throws ConfigError that names the setting and says what is wrong */
export async function firstPair(files: TlsFiles, log: Logger): Promise<KeyPair> {
  const pair = pairOf(await readPairText(files), files);
  warnOfTime(pair, log);
  return pair;
}

/**
 * Gives the listener what is in the files whenever it has changed. A new pair that cannot be used is said once and
 * counted, and the old one stays.
 */
export class Rotation {
  readonly #files: TlsFiles;
  readonly #listener: Pick<TlsListener, 'pair' | 'use'>;
  readonly #metrics: Pick<TlsMetrics, 'changed'>;
  readonly #log: Logger;
  #doubt: Doubt | undefined;

  constructor(
    files: TlsFiles,
    listener: Pick<TlsListener, 'pair' | 'use'>,
    metrics: Pick<TlsMetrics, 'changed'>,
    log: Logger,
  ) {
    this.#files = files;
    this.#listener = listener;
    this.#metrics = metrics;
    this.#log = log;
  }

  /** Looks until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    for (await pause(between, signal); !signal.aborted; await pause(between, signal)) await this.look();
  }

  /** Looks once. */
  async look(): Promise<void> {
    let text: PairText | undefined;
    try {
      text = await readPairText(this.#files);
      const { certificate, key } = this.#listener.pair;
      if (text.certificate !== certificate || text.key !== key) this.#take(pairOf(text, this.#files));
      this.#doubt = undefined;
    } catch (error) {
      // Nothing that is wrong with files may end a process that serves.
      this.#refuse(text, messageOf(error));
    }
  }

  #take(pair: KeyPair): void {
    this.#listener.use(pair);
    this.#metrics.changed('taken');
    this.#log.info({ names: pair.names, validTo: pair.validTo, fingerprint: pair.fingerprint }, 'certificate replaced');
    warnOfTime(pair, this.#log);
  }

  /** The two files change one after the other: only what is still the same at the next look is meant to be so. */
  #refuse(text: PairText | undefined, problem: string): void {
    const doubted = this.#doubt;
    if (
      doubted?.problem !== problem ||
      doubted.text?.certificate !== text?.certificate ||
      doubted.text?.key !== text?.key
    ) {
      this.#doubt = { text, problem, told: false };
      return;
    }
    if (doubted.told) return;
    this.#doubt = { ...doubted, told: true };
    this.#metrics.changed('refused');
    this.#log.error(
      { problem, validTo: this.#listener.pair.validTo },
      'new certificate refused: the old one stays in use',
    );
  }
}

/** What was wrong at the last look. */
interface Doubt {
  readonly text: PairText | undefined;
  readonly problem: string;
  readonly told: boolean;
}

/** It is served all the same: whether callers take it is for them to decide. */
function warnOfTime({ names, validFrom, validTo }: KeyPair, log: Logger): void {
  const now = Date.now();
  if (validTo.getTime() < now) log.warn({ names, validTo }, 'the certificate has expired: callers will refuse it');
  else if (validFrom.getTime() > now)
    log.warn({ names, validFrom }, 'the certificate is not valid yet: callers will refuse it');
}
