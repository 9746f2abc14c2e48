import type { RunStep } from '../../../crds/runlog.ts';
import { withBackground } from './background.ts';
import { eventFiles, readEvents } from './events.ts';
import type { RunPaths } from './run-folder.ts';
import { StepFold } from './steps.ts';

interface Reading {
  readonly fold: StepFold;
  /** Number of the last event in it. */
  last: number;
}

/** Reads the steps of runs. Event files never change once written, so of a run that goes on each is read once. */
export class StepLog {
  readonly #readings = new Map<string, Reading>();

  /** Steps so far. `running`: more are to come, so what was read is kept. */
  async read(id: string, paths: RunPaths, running: boolean): Promise<readonly RunStep[]> {
    // Whoever reads meanwhile begins anew, so that no event is added twice.
    const reading = this.#readings.get(id) ?? { fold: new StepFold(), last: 0 };
    this.#readings.delete(id);
    const files = (await eventFiles(paths)).filter(({ number }) => number > reading.last);
    for await (const event of readEvents(files)) reading.fold.add(event);
    reading.last = files.at(-1)?.number ?? reading.last;
    if (!running) return withBackground(reading.fold, paths);
    this.#readings.set(id, reading);
    return reading.fold.steps();
  }

  forget(id: string): void {
    this.#readings.delete(id);
  }
}
