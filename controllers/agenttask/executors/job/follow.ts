import type { RunStep } from '../../../../crds/runlog.ts';
import { Backoff } from '../../../../kube/backoff.ts';
import type { PodLogs } from '../../../../kube/podlogs.ts';
import { within } from '../../../../kube/waiting.ts';
import { inChunks } from '../../../shared/chunks.ts';
import type { PodFacts } from './facts.ts';
import { runnerContainer } from './names.ts';
import { LineReader, parseStepLine } from './step-lines.ts';

export interface RunLogOptions {
  readonly podLogs: PodLogs;
  /** Nothing is read of a pod beyond so many bytes. */
  readonly maxBytes: number;
  /** The steps of the run have changed. */
  readonly onChange: () => void;
}

/** Most steps of one run that are kept, as for runs of other executors. */
const stepLimit = 50_000;
/** Most pods of one run that are followed at once; those that come later are read as others end. */
const streamLimit = 32;
/**
 * How long (milliseconds) the end of a run waits for what is missing of its logs: the verdict does not depend on them.
 */
const completionTime = 10_000;

interface PodLog {
  readonly index: number;
  readonly steps: Map<number, RunStep>;
  readonly backoff: Backoff;
  bytes: number;
  /** Read to the end, or found unreadable after the end. */
  complete: boolean;
  reading: Promise<void> | undefined;
  /** When it may be opened again, milliseconds of performance.now(). */
  notBefore: number;
}

/**
 * The steps of one run, read from the logs of its pods. A log that cannot be had is missing, and nothing else comes of
 * it.
 */
export class RunLog {
  readonly #options: RunLogOptions;
  readonly #pods = new Map<string, PodLog>();
  readonly #closing = new AbortController();
  #count = 0;

  constructor(options: RunLogOptions) {
    this.#options = options;
  }

  /** Bytes of log seen. */
  get bytes(): number {
    let sum = 0;
    for (const { bytes } of this.#pods.values()) sum += bytes;
    return sum;
  }

  /** In no order. */
  *[Symbol.iterator](): Generator<RunStep> {
    for (const { steps } of this.#pods.values()) yield* steps.values();
  }

  /** In the order of their start. */
  steps(): readonly RunStep[] {
    const ordered = [...this.#pods.values()]
      .toSorted((a, b) => a.index - b.index)
      .flatMap(({ steps }) => [...steps].toSorted(([a], [b]) => a - b).map(([, step]) => step));
    return ordered.toSorted((a, b) => (a.start === b.start ? 0 : a.start < b.start ? -1 : 1));
  }

  /** Opens the logs of pods that are at work. To be called now and then: what broke is opened again. */
  follow(pods: readonly PodFacts[]): void {
    let open = [...this.#pods.values()].filter(({ reading }) => reading !== undefined).length;
    for (const facts of pods) {
      if (!facts.begun || open >= streamLimit) continue;
      const log = this.#logOf(facts);
      if (log.complete || log.reading !== undefined || performance.now() < log.notBefore) continue;
      this.#open(facts, log, this.#closing.signal);
      open += 1;
    }
  }

  /** Reads what is missing of pods that have ended. Never throws; resolves after some seconds at the latest. */
  async complete(pods: readonly PodFacts[]): Promise<void> {
    const missing = pods.filter((facts) => facts.begun && !this.#logOf(facts).complete);
    if (missing.length === 0) return;
    const giveUp = new AbortController();
    const signal = AbortSignal.any([giveUp.signal, this.#closing.signal]);
    const reading = inChunks(missing, async (facts) => {
      const log = this.#logOf(facts);
      // A stream under way ends by itself now; only where it broke there is something to read again.
      await log.reading;
      if (!log.complete && !signal.aborted) this.#open(facts, log, signal);
      await log.reading;
      log.complete = true;
    });
    await within(reading, undefined, completionTime);
    giveUp.abort();
  }

  close(): void {
    this.#closing.abort();
  }

  #logOf({ pod, index }: PodFacts): PodLog {
    const key = pod.metadata.uid ?? pod.metadata.name;
    const known = this.#pods.get(key);
    if (known !== undefined) return known;
    const log: PodLog = {
      index,
      steps: new Map(),
      backoff: new Backoff({ initial: 1000, max: 30_000, factor: 2, jitter: 0.2 }),
      bytes: 0,
      complete: false,
      reading: undefined,
      notBefore: 0,
    };
    this.#pods.set(key, log);
    return log;
  }

  #open({ pod, ended }: PodFacts, log: PodLog, signal: AbortSignal): void {
    const reader = new LineReader((line) => this.#take(log, line));
    let seen = 0;
    const options = { container: runnerContainer, follow: ended === false, limitBytes: this.#options.maxBytes, signal };
    const read = this.#options.podLogs.read(pod.metadata, options, (chunk) => {
      seen += chunk.length;
      // It is read from the beginning each time.
      log.bytes = Math.max(log.bytes, seen);
      reader.push(chunk);
    });
    log.reading = this.#settle(read, log, () => ended !== false || seen >= this.#options.maxBytes);
  }

  /**
   * @param isWhole asked once the server has ended the log: of a pod that was at work, the connection may have ended
   * and not the log
   */
  async #settle(read: Promise<void>, log: PodLog, isWhole: () => boolean): Promise<void> {
    try {
      await read;
      log.complete = isWhole();
    } catch {
      // Missing, for now or for good.
    }
    log.reading = undefined;
    log.notBefore = performance.now() + log.backoff.next();
  }

  #take(log: PodLog, line: string): void {
    const parsed = parseStepLine(line);
    if (parsed === undefined) return;
    const { step, is } = parsed;
    const known = log.steps.get(step);
    if (known === undefined && this.#count >= stepLimit) return;
    // A log that is read again tells the beginning of what has ended.
    if (known !== undefined && (known.end !== '' || (known.result === is.result && is.end === ''))) return;
    if (known === undefined) this.#count += 1;
    log.steps.set(step, is);
    this.#options.onChange();
  }
}
