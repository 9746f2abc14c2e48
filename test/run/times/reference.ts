import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import type { Sample } from './times.ts';

/** What tests do most: start a process and compute. */
const work = `const { createHash } = require('node:crypto');
let digest = Buffer.alloc(1 << 20);
for (let round = 0; round < 100; round += 1)
  digest = Buffer.alloc(1 << 20, createHash('sha256').update(digest).digest());`;
/** Seconds from one sample to the next: together they take about a fiftieth of one core. */
const interval = 15;

/**
 * Does a fixed piece of work again and again beside the tests: how long it takes tells how slow or busy the machine is.
 */
export class Reference {
  readonly samples: Sample[] = [];
  readonly #ended = new AbortController();
  readonly #running: Promise<void>;

  constructor() {
    this.#running = this.#run();
  }

  /** Resolves when the last sample, of which there is at least one, is taken. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      const before = performance.now();
      await once(spawn(process.execPath, ['-e', work], { stdio: 'ignore' }), 'exit');
      const at = performance.now();
      this.samples.push({ at: at / 1000, seconds: (at - before) / 1000 });
      await pause(interval * 1000, undefined, { signal: this.#ended.signal }).catch(() => undefined);
    }
  }
}
