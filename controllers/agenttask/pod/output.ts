import type { Writable } from 'node:stream';
import { within } from '../../../kube/waiting.ts';

/**
 * The log of the pod. It may be read slowly, or by nobody, or break: none of that holds up the run, which is why what
 * does not fit now is refused instead of being kept.
 */
export class LogOutput {
  readonly #stream: Writable;
  #full = false;
  #broken = false;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('drain', () => {
      this.#full = false;
    });
    stream.on('error', () => {
      this.#broken = true;
    });
  }

  /** Writes a line. @returns false when there is no room: it was not written, and may be after `drained` */
  offer(line: string): boolean {
    if (!this.#broken && this.#full) return false;
    this.say(line);
    return true;
  }

  /** Writes a line, room or not: for the few that are no steps. To a broken log nothing is written. */
  say(line: string): void {
    if (!this.#broken) this.#full = !this.#stream.write(`${line}\n`);
  }

  /** Resolves when all is written, the log is broken, or the time (milliseconds) is over. */
  async drained(milliseconds: number): Promise<void> {
    if (this.#broken) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stream.write('', () => resolve());
    await within(promise, undefined, milliseconds);
  }
}
