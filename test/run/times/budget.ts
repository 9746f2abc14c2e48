/**
 * `make test-budget`: test/budget.json from what the files took in the last `make test`, which must have been a whole
 * one.
 */
import { readFile, writeFile } from 'node:fs/promises';

import { budgetFile, timesFile, type RunTimes } from './files.ts';
import { budgetFrom } from './times.ts';

/** Seconds that any file may take. */
const byDefault = 20;

if (process.argv[2] !== '--write') {
  console.error('Give --write: test/budget.json is written anew from the times of the last `make test`.');
  process.exit(2);
}
const { times, samples } = JSON.parse(await readFile(timesFile, 'utf8')) as RunTimes;
await writeFile(budgetFile, `${JSON.stringify(budgetFrom(times, samples, byDefault), undefined, 2)}\n`);
