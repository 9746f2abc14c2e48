import { pause } from '../../kube/backoff.ts';
import type { Caller } from '../auth/caller.ts';
import { OverloadError } from '../turned-away.ts';
import { lineOf, readLog, type FoundLog, type LogReading, type LogSoFar } from './logs.ts';
import { statusOf } from './reports.ts';

/** Each stream reads the log of a batch again and again. */
const mostStreams = 100;
/** Milliseconds between two looks at a log. */
const interval = 2000;
/** Milliseconds without a line after which one is sent that says nothing: no proxy shall take the stream for dead. */
const silence = 15_000;
/** Milliseconds: an hour, after which whoever wants to go on asks again. */
const longest = 3_600_000;
/** Seconds after which a stream that was turned away may be asked for again. */
const afterTooMany = 30;

/** The streams of one facade. */
export class LogStreams {
  readonly #reading: LogReading;
  readonly #interval: number;
  readonly #closing = new AbortController();
  #open = 0;

  constructor(reading: LogReading, every = interval) {
    this.#reading = reading;
    this.#interval = every;
  }

  /** Lets all streams come to their end. */
  close(): void {
    this.#closing.abort();
  }

  /**
   * Server-sent events: a line for each step that has come to its end, those of the batches in their order, and the
   * event `end` with the status of the task behind the last one. A stream that ends without it can be asked for anew.
   * @throws as readLog, and OverloadError where there are too many streams
   */
  async *follow(log: FoundLog, caller: Caller): AsyncGenerator<string> {
    if (this.#open >= mostStreams)
      throw new OverloadError('OVERLOADED', 503, 'too many logs are followed at the moment: try again', afterTooMany);
    this.#open += 1;
    try {
      yield* this.#events(log, caller);
    } finally {
      this.#open -= 1;
    }
  }

  async *#events(log: FoundLog, caller: Caller): AsyncGenerator<string> {
    const { signal } = this.#closing;
    const shown = new Shown();
    const began = performance.now();
    let lastSent = began;
    yield ': a line for each step\n\n';
    while (!signal.aborted && performance.now() - began < longest) {
      // The rights of the caller are looked at each time.
      const found = await readLog(log, caller, this.#reading);
      if (found === undefined) return;
      for await (const text of shown.next(found)) {
        lastSent = performance.now();
        yield text;
      }
      if (found.over) {
        yield `event: end\ndata: ${statusOf(found.task)}\n\n`;
        return;
      }
      if (performance.now() - lastSent > silence) {
        lastSent = performance.now();
        yield ':\n\n';
      }
      await pause(this.#interval, signal);
    }
  }
}

/** What a stream has shown. */
class Shown {
  /** Places of steps in the log of each batch. A step may come to its end after one that began later. */
  readonly #steps = new Map<string, Set<number>>();
  readonly #over = new Set<string>();

  /** The events of a log that were not shown yet. */
  async *next({ batches }: LogSoFar): AsyncGenerator<string> {
    for (const { uid, over, steps } of batches) {
      if (this.#over.has(uid)) continue;
      const before = this.#steps.get(uid) ?? new Set<number>();
      this.#steps.set(uid, before);
      for (const [place, step] of (await steps()).entries()) {
        if (before.has(place) || (step.result === 'running' && !over)) continue;
        before.add(place);
        yield `data: ${lineOf(step).replaceAll(/[\r\n]+/g, ' ')}\n\n`;
      }
      if (over) {
        this.#over.add(uid);
        this.#steps.delete(uid);
      }
    }
  }
}
