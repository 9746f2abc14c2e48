/**
 * Runs all tests and ends with what took longest, a plain line for each that failed or was skipped, and one of counts.
 * Tests skip, with their reason, what the machine lacks (root, a package, a kernel feature); with
 * FLEETWRIGHT_NO_SKIPS=1, as CI sets it, a skipped test is a failure. A file that takes more than three times what
 * test/budget.json gives it fails too; by night, when the same files do far more, none does. Further arguments go to
 * vitest.
 */
import { startVitest, type TestCase } from 'vitest/node';

import { nightly } from '../harness/matrix.ts';
import { TimesReporter } from './times/reporter.ts';

const [, , ...filters] = process.argv;
const times = new TimesReporter();
const vitest = await startVitest('test', filters, { watch: false, run: true, reporters: ['default', times] });
const cases = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
const inState = (state: string): readonly TestCase[] => cases.filter((test) => test.result().state === state);

const broken = vitest.state
  .getTestModules()
  .filter((module) => module.state() === 'failed' && [...module.children.allTests('failed')].length === 0);
for (const line of times.summary()) console.log(line);
const skipped = inState('skipped');
for (const test of skipped) {
  const { note } = { note: undefined, ...test.result() };
  console.log(`skipped: ${test.module.relativeModuleId} > ${test.fullName}${note === undefined ? '' : `: ${note}`}`);
}
for (const test of inState('failed'))
  console.log(`failed: ${test.module.relativeModuleId} > ${test.fullName}: ${firstLine(test.result().errors)}`);
for (const module of broken) console.log(`failed: ${module.relativeModuleId}: ${firstLine(module.errors())}`);
const excesses = nightly ? [] : await times.excesses();
for (const { file, seconds, budget, slowness } of excesses) {
  const took = `took ${seconds.toFixed(1)} s where test/budget.json gives ${budget} s`;
  console.log(`too slow: ${file} ${took}, on a machine ${slowness.toFixed(1)} times slower than when that was written`);
}
const failed = inState('failed').length + broken.length + vitest.state.getUnhandledErrors().length;
const forbidden = process.env['FLEETWRIGHT_NO_SKIPS'] === '1' && skipped.length > 0;
if (forbidden) console.log('FLEETWRIGHT_NO_SKIPS=1: nothing may be skipped here; install what the lines above name');
const tooSlow = excesses.length > 0 ? `, ${excesses.length} files too slow` : '';
console.log(`${inState('passed').length} passed, ${failed} failed, ${skipped.length} skipped${tooSlow}`);
await vitest.close();
process.exit(failed > 0 || excesses.length > 0 || forbidden || cases.length === 0 ? 1 : 0);

function firstLine(errors: ReadonlyArray<{ readonly message: string }> = []): string {
  return errors[0]?.message.split('\n', 1)[0] ?? 'no reason given';
}
