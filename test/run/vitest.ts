/**
 * Runs all tests and ends with what took longest, a plain line for each that failed or was skipped, and one of counts.
 * Tests skip, with their reason, what the machine lacks (root, a package, a kernel feature); with
 * FLEETWRIGHT_NO_SKIPS=1, as CI sets it, a skipped test is a failure. A file that takes more than three times what
 * test/budget.json gives it fails too; by night, when the same files do far more, none does. A few files that fail by
 * day are run once more, alone: those that pass then are named as unsteady. By night they have failed. Further
 * arguments go to vitest.
 */
import { nightly } from '../harness/matrix.ts';
import { runTests } from './outcome.ts';
import { TimesReporter } from './times/reporter.ts';

/** More than these are no matter of a busy machine. */
const mostUnsteadyFiles = 3;

const [, , ...filters] = process.argv;
const times = new TimesReporter();
const { tests, passed, failures, skipped } = await runTests(filters, [times]);
for (const line of times.summary()) console.log(line);
for (const line of skipped) console.log(`skipped: ${line}`);
for (const { line } of failures) console.log(`failed: ${line}`);
const excesses = nightly ? [] : await times.excesses();
for (const { file, seconds, budget, slowness } of excesses) {
  const took = `took ${seconds.toFixed(1)} s where test/budget.json gives ${budget} s`;
  console.log(`too slow: ${file} ${took}, on a machine ${slowness.toFixed(1)} times slower than when that was written`);
}
const forbidden = process.env['FLEETWRIGHT_NO_SKIPS'] === '1' && skipped.length > 0;
if (forbidden) console.log('FLEETWRIGHT_NO_SKIPS=1: nothing may be skipped here; install what the lines above name');

const stillFailing = await tryAgain();
const unsteady = Math.max(0, failures.length - stillFailing);
const tooSlow = excesses.length > 0 ? `, ${excesses.length} files too slow` : '';
const passedLate = unsteady > 0 ? `, ${unsteady} unsteady (named above, passed when run again)` : '';
console.log(`${passed + unsteady} passed, ${stillFailing} failed, ${skipped.length} skipped${passedLate}${tooSlow}`);
process.exit(stillFailing > 0 || excesses.length > 0 || forbidden || tests === 0 ? 1 : 0);

/** How many still fail when the files of what failed are run once more. */
async function tryAgain(): Promise<number> {
  const files = [...new Set(failures.flatMap(({ file }) => file ?? []))];
  const stray = failures.some(({ file }) => file === undefined);
  if (nightly || stray || files.length === 0 || files.length > mostUnsteadyFiles) return failures.length;
  console.log(`once more, alone: ${files.join(', ')}`);
  const again = await runTests(files, []);
  for (const { line } of again.failures) console.log(`failed again: ${line}`);
  return again.failures.length;
}
