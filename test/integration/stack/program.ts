import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { bareEnvironment } from '../../harness/environment.ts';

const checkout = join(import.meta.dirname, '..', '..', '..');
/** Its supervised programs end with the test, however that ends. */
const endWithOwner = join(checkout, 'test/integration/agenttask/fixtures/end-with-owner.ts');

/** One of our programs as a process of its own, with nothing of the test's settings but what it is given. */
export class Program {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #news = new EventEmitter();
  readonly #ended: Promise<string>;

  /** @param file its main file, from the top of the checkout */
  constructor(name: string, file: string, env: Readonly<Record<string, string>>) {
    this.#name = name;
    const child = spawn(process.execPath, [`--import=${endWithOwner}`, join(checkout, file)], {
      env: { ...bareEnvironment(), ...env },
      stdio: 'pipe',
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.#lines.push(line);
        this.#news.emit('line');
      });
    }
    this.#ended = once(child, 'close').then(([code, signal]) => {
      const how = (signal as NodeJS.Signals | null) ?? `exit code ${String(code)}`;
      this.#news.emit('line');
      return how;
    });
  }

  /** Everything it wrote so far. */
  get log(): string {
    return this.#lines.join('\n');
  }

  /**
   * Resolves with the first line of the log that matches.
   * @throws Error with the end of the log when the program ends without it
   */
  async line(pattern: RegExp): Promise<string> {
    const missing = this.#ended.then((how) => {
      throw new Error(
        `${this.#name} ended (${how}) without a line that matches ${pattern}:\n${this.#lines.slice(-20).join('\n')}`,
      );
    });
    missing.catch(() => {});
    for (;;) {
      const news = once(this.#news, 'line');
      const found = this.#lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      await Promise.race([news, missing]);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Stops it by SIGTERM, if it still runs. @returns how it ended, `exit code 0` when all is well */
  async stop(): Promise<string> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM');
    return this.#ended;
  }
}
