import type { Logger } from 'pino';
import type { Executor, StopStage } from '../executors/executor.ts';

/** When each stage of stopping begins, milliseconds after the first: all of it within the grace that a pod is given. */
const stages: readonly (readonly [stage: StopStage, after: number])[] = [
  ['interrupt', 0],
  ['terminate', 12_000],
  ['kill', 20_000],
];

/** Stops one run, harder and harder. */
export class Stopping {
  readonly #executor: Pick<Executor, 'requestStop'>;
  readonly #id: string;
  readonly #log: Logger;
  #timers: readonly NodeJS.Timeout[] = [];
  #begun = false;

  constructor(executor: Pick<Executor, 'requestStop'>, id: string, log: Logger) {
    this.#executor = executor;
    this.#id = id;
    this.#log = log;
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** Asked again, it goes on as it does. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#timers = stages.map(([stage, after]) => setTimeout(() => void this.#request(stage), after));
  }

  /** The run is over: no further stage. */
  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #request(stage: StopStage): Promise<void> {
    this.#log.info({ stage }, 'stopping the run');
    try {
      await this.#executor.requestStop(this.#id, stage);
    } catch (error) {
      // The next stage, and at last the end of the pod, does what this one could not.
      this.#log.warn({ stage, err: error }, 'the run could not be stopped');
    }
  }
}
