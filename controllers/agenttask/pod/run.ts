import type { Logger } from 'pino';
import type { Clock } from '../../../kube/clock.ts';
import { within } from '../../../kube/waiting.ts';
import type { Cause, Executor, RunSpec, Watcher } from '../executors/executor.ts';
import type { PodResult } from '../executors/job/contract.ts';
import type { LocalExecutorOptions } from '../executors/local.ts';
import type { PodConfig } from './config.ts';
import { readCredentials } from './credentials.ts';
import type { LogOutput } from './output.ts';
import { readRunFile, shareOf } from './run-file.ts';
import { StepPrinter } from './steps.ts';
import { Stopping } from './stopping.ts';
import { causeOfError, endedResult, shortResult, unexpected, unknownHosts, untouchedHosts } from './verdict.ts';

export interface PodRunOptions {
  readonly config: Pick<PodConfig, 'runFileFolder' | 'credentialsFolder' | 'workFolder' | 'index' | 'contentPath'>;
  readonly openExecutor: (options: LocalExecutorOptions) => Promise<Executor>;
  readonly output: LogOutput;
  readonly log: Logger;
  readonly clock: Clock;
  /** Aborted: the pod has to go, and the run with it. */
  readonly stop: AbortSignal;
}

/** How often (milliseconds) steps are printed and the output is measured; the end of the run is reported at once. */
const lookInterval = 1000;

/** The content, or something on the machine, removed what the run lives on. */
class RunGoneError extends Error {
  readonly code = 'RUN_GONE';

  constructor() {
    super('the files of the run are gone from the work folder; content must leave that folder alone');
    this.name = 'RunGoneError';
  }
}

/** The one run of a pod, from the files it was given to its result. */
export class PodRun {
  readonly #options: PodRunOptions;
  readonly #startedAt: Date;
  readonly #printer: StepPrinter;
  #executor: Executor | undefined;
  #run: RunSpec | undefined;
  /** From here on hosts may have been touched. */
  #begun = false;
  #causeOfStop: Cause | undefined;

  constructor(options: PodRunOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#printer = new StepPrinter(options.output);
  }

  /** Runs to the end. Whatever goes wrong is in the result. */
  async carryOut(): Promise<PodResult> {
    const { log, stop } = this.#options;
    try {
      const { executor, run, maxOutputBytes } = await this.#prepare();
      if (stop.aborted) return this.#short('canceled', { message: 'The run was stopped before it began.' });
      log.info({ run: run.id, hosts: run.hosts.length }, 'the run begins');
      this.#begun = true;
      await executor.start(run.id);
      return await this.#watch(executor, run.id, maxOutputBytes);
    } catch (error) {
      const cause = causeOfError(error);
      // Where it came from in this program tells those nothing who gave it something wrong.
      log.error(
        cause.reason === unexpected ? { err: error } : { reason: cause.reason, message: cause.message },
        'the run could not be carried out',
      );
      return this.#short('error', { cause });
    }
  }

  /** The result when there is no more time to wait for the end. */
  cutOff(): PodResult {
    const message = this.#begun
      ? 'The run was stopped, but did not end in time.'
      : 'The run was stopped before it began.';
    return this.#short('canceled', { message });
  }

  /** Prints what was not printed yet, for at most so long (milliseconds). */
  async printRest(milliseconds: number): Promise<void> {
    const deadline = performance.now() + milliseconds;
    const left = (): number => Math.max(0, deadline - performance.now());
    const steps =
      this.#executor === undefined || this.#run === undefined
        ? []
        : await within(this.#executor.steps(this.#run.id), undefined, left());
    while (!this.#printer.print(steps ?? []) && left() > 0) await this.#options.output.drained(left());
  }

  async #prepare(): Promise<{ readonly executor: Executor; readonly run: RunSpec; readonly maxOutputBytes: number }> {
    const { config, openExecutor } = this.#options;
    const file = await readRunFile(config.runFileFolder);
    // Before anything else can fail, so that the result names all hosts.
    this.#run = shareOf(file, config.index, {});
    const run = { ...this.#run, ...(await readCredentials(config.credentialsFolder)) };
    const executor = await openExecutor({
      stateFolder: config.workFolder,
      ...(config.contentPath === undefined ? {} : { contentPath: config.contentPath }),
    });
    await executor.prepare(run);
    this.#executor = executor;
    return { executor, run, maxOutputBytes: file.maxOutputBytes };
  }

  async #watch(executor: Executor, id: string, maxOutputBytes: number): Promise<PodResult> {
    const { clock, log, stop } = this.#options;
    const stopping = new Stopping(executor, id, log);
    const begin = (): void => stopping.begin();
    stop.addEventListener('abort', begin);
    if (stop.aborted) begin();
    let news = Promise.withResolvers<void>();
    const watcher = watchEnds(executor, () => news.resolve(), log);
    try {
      for (;;) {
        news = Promise.withResolvers();
        const state = await executor.inspect(id);
        if (state.state === 'finished' || state.state === 'lost') {
          return endedResult(state, await executor.results(id), {
            stopped: stopping.begun,
            causeOfStop: this.#causeOfStop,
            now: clock.now(),
          });
        }
        if (state.state !== 'running') throw new RunGoneError();
        await this.#look(executor, id, maxOutputBytes, stopping);
        await within(news.promise, undefined, lookInterval);
      }
    } finally {
      stop.removeEventListener('abort', begin);
      stopping.end();
      watcher?.close();
    }
  }

  async #look(executor: Executor, id: string, maxOutputBytes: number, stopping: Stopping): Promise<void> {
    try {
      if (!stopping.begun && (await executor.outputBytes(id)) > maxOutputBytes) {
        this.#causeOfStop = {
          reason: 'OutputTooLarge',
          message: `the run wrote more than ${maxOutputBytes} bytes and was stopped; let it print less`,
        };
        stopping.begin();
      }
      this.#printer.print(await executor.steps(id));
    } catch (error) {
      // The run is worth more than its log.
      this.#options.log.warn({ err: error }, 'the steps of the run could not be read');
    }
  }

  #short(outcome: 'canceled' | 'error', detail: { readonly message?: string; readonly cause?: Cause }): PodResult {
    const names = this.#run?.hosts ?? [];
    const cause = this.#causeOfStop;
    return shortResult(outcome, {
      ...(cause === undefined ? {} : { cause }),
      ...detail,
      startedAt: this.#startedAt,
      now: this.#options.clock.now(),
      hosts: this.#begun ? unknownHosts(names) : untouchedHosts(names),
    });
  }
}

/** @returns undefined where the machine has no watches left: the slow look sees the end as well. */
function watchEnds(executor: Executor, onEnd: () => void, log: Logger): Watcher | undefined {
  try {
    return executor.watch(onEnd);
  } catch (error) {
    log.warn({ err: error }, 'the end of the run cannot be watched for; it is looked for every second');
    return undefined;
  }
}
