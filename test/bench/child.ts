import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { BenchError } from './errors.ts';

export interface ChildOptions {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Gets what the program prints. */
  readonly logFile: string;
}

/** What a program may take to end after SIGTERM before it is killed, milliseconds. */
const patience = 15_000;

/** A program that runs while it is measured. */
export class Child {
  readonly #options: ChildOptions;
  readonly #process: ChildProcess;
  readonly #exited: Promise<string>;
  #stopping = false;

  constructor(options: ChildOptions) {
    this.#options = options;
    const log = openSync(options.logFile, 'a', 0o600);
    const child = spawn(options.command, options.args, {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...options.env },
    });
    closeSync(log);
    this.#process = child;
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
      child.once('error', (error) => resolve(error.message));
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Awaits `work`. @throws BenchError with the end of the program's log when the program ends before. */
  async during<R>(work: Promise<R>): Promise<R> {
    const ended = this.#exited.then(async (how) => {
      if (this.#stopping) return work;
      const tail = (await readFile(this.#options.logFile, 'utf8')).trimEnd().split('\n').slice(-10).join('\n');
      throw new BenchError(
        'MANAGER_FAILED',
        `${this.#options.name} ended (${how}) while it was measured. The end of its log:\n${tail}`,
      );
    });
    return Promise.race([work, ended]);
  }

  /** Ends it as Kubernetes does, so that it gives its lease back. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#process.kill('SIGTERM');
    const tooLate = setTimeout(() => this.#process.kill('SIGKILL'), patience);
    await this.#exited;
    clearTimeout(tooLate);
  }
}
