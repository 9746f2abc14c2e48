import { isDeepStrictEqual } from 'node:util';
import type { RunStep } from '../../../crds/runlog.ts';
import type { StepLine } from '../executors/job/contract.ts';
import type { LogOutput } from './output.ts';

/** Prints the steps of a run as they begin and end, each only when there is news of it. */
export class StepPrinter {
  readonly #output: Pick<LogOutput, 'offer'>;
  /** As last printed, by place. */
  readonly #printed: RunStep[] = [];

  constructor(output: Pick<LogOutput, 'offer'>) {
    this.#output = output;
  }

  /**
   * @param steps all of the run so far.
   * @returns false when the log took only a part of the news; the rest is still news the next time
   */
  print(steps: readonly RunStep[]): boolean {
    for (const [step, is] of steps.entries()) {
      const before = this.#printed[step];
      // Mostly the very same object: the comparison by value is for steps that were read a second time.
      if (before === is || isDeepStrictEqual(before, is)) continue;
      if (!this.#output.offer(JSON.stringify({ step, is } satisfies StepLine))) return false;
      this.#printed[step] = is;
    }
    return true;
  }
}
