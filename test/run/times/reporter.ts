import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { Reporter, TestModule } from 'vitest/node';

import { readBudget, timesFile, type RunTimes } from './files.ts';
import { Reference } from './reference.ts';
import { excesses, folderSums, slowest, type Excess, type FileTime } from './times.ts';

/** Collects what each test file takes, and beside it how slow the machine is. */
export class TimesReporter implements Reporter {
  readonly #times: FileTime[] = [];
  #reference: Reference | undefined;

  onTestRunStart(): void {
    this.#reference ??= new Reference();
  }

  onTestModuleEnd(module: TestModule): void {
    const { prepareDuration, collectDuration, setupDuration, duration } = module.diagnostic();
    const seconds = (prepareDuration + collectDuration + setupDuration + duration) / 1000;
    const ended = performance.now() / 1000;
    this.#times.push({ file: module.relativeModuleId, seconds, began: ended - seconds, ended });
  }

  async onTestRunEnd(): Promise<void> {
    await this.#reference?.stop();
    await mkdir(dirname(timesFile), { recursive: true });
    await writeFile(timesFile, JSON.stringify(this.#run));
  }

  /** The twenty slowest files and the sum of each folder, as lines. */
  summary(): readonly string[] {
    return [
      'the slowest files (seconds):',
      ...slowest(this.#times, 20).map(({ file, seconds }) => line(seconds, file)),
      'all files by folder (seconds):',
      ...folderSums(this.#times).map(([folder, seconds]) => line(seconds, folder)),
    ];
  }

  /** Files that took more than three times what test/budget.json gives them. */
  async excesses(): Promise<readonly Excess[]> {
    return excesses(this.#run.times, this.#run.samples, await readBudget());
  }

  get #run(): RunTimes {
    return { times: this.#times, samples: this.#reference?.samples ?? [] };
  }
}

function line(seconds: number, what: string): string {
  return `${seconds.toFixed(1).padStart(8)}  ${what}`;
}
