import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Budget, FileTime, Sample } from './times.ts';

const checkout = join(import.meta.dirname, '..', '..', '..');
export const budgetFile = join(checkout, 'test', 'budget.json');
/** Of the last run of `make test`. */
export const timesFile = join(checkout, '.fleetwright', 'test-times.json');

/** What `timesFile` holds. */
export interface RunTimes {
  readonly times: readonly FileTime[];
  readonly samples: readonly Sample[];
}

export async function readBudget(): Promise<Budget> {
  return JSON.parse(await readFile(budgetFile, 'utf8')) as Budget;
}
