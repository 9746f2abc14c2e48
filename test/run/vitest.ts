/**
 * Runs all tests and ends with a plain line for each that failed or was skipped, and one of counts. Tests skip, with their reason, what the machine lacks (root, a package, a kernel
 * feature); with FLEETWRIGHT_NO_SKIPS=1, as CI sets it, a skipped test is a failure. Further arguments go to vitest.
 */
import { startVitest, type TestCase } from 'vitest/node';

const [, , ...filters] = process.argv;
const vitest = await startVitest('test', filters, { watch: false, run: true });
const cases = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
const inState = (state: string): readonly TestCase[] => cases.filter((test) => test.result().state === state);

const broken = vitest.state
  .getTestModules()
  .filter((module) => module.state() === 'failed' && [...module.children.allTests('failed')].length === 0);
const skipped = inState('skipped');
for (const test of skipped) {
  const { note } = { note: undefined, ...test.result() };
  console.log(`skipped: ${test.module.relativeModuleId} > ${test.fullName}${note === undefined ? '' : `: ${note}`}`);
}
for (const test of inState('failed'))
  console.log(`failed: ${test.module.relativeModuleId} > ${test.fullName}: ${firstLine(test.result().errors)}`);
for (const module of broken) console.log(`failed: ${module.relativeModuleId}: ${firstLine(module.errors())}`);
const failed = inState('failed').length + broken.length + vitest.state.getUnhandledErrors().length;
const forbidden = process.env['FLEETWRIGHT_NO_SKIPS'] === '1' && skipped.length > 0;
if (forbidden) console.log('FLEETWRIGHT_NO_SKIPS=1: nothing may be skipped here; install what the lines above name');
console.log(`${inState('passed').length} passed, ${failed} failed, ${skipped.length} skipped`);
await vitest.close();
process.exit(failed > 0 || forbidden || cases.length === 0 ? 1 : 0);

function firstLine(errors: ReadonlyArray<{ readonly message: string }> = []): string {
  return errors[0]?.message.split('\n', 1)[0] ?? 'no reason given';
}
