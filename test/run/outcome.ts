import { startVitest, type Reporter, type TestCase, type TestModule } from 'vitest/node';

import { errorText } from './error-text.ts';

/** What a run of vitest came to. */
export interface Outcome {
  readonly tests: number;
  readonly passed: number;
  /** Tests, files and errors outside any test. */
  readonly failures: readonly Failure[];
  readonly skipped: readonly string[];
}

export interface Failure {
  /** Undefined for an error outside any test. */
  readonly file: string | undefined;
  /** Which, and the first line of why. */
  readonly line: string;
}

/** @param filters parts of the paths of test files; none: all */
export async function runTests(filters: readonly string[], reporters: readonly Reporter[]): Promise<Outcome> {
  const vitest = await startVitest('test', [...filters], {
    watch: false,
    run: true,
    reporters: ['default', ...reporters],
  });
  const modules = vitest.state.getTestModules();
  const cases = modules.flatMap((module) => [...module.children.allTests()]);
  const inState = (state: string): readonly TestCase[] => cases.filter((test) => test.result().state === state);
  const failedTests = inState('failed').map((test) => failureOf(test.module, test.result().errors, test));
  const brokenFiles = modules
    .filter((module) => module.state() === 'failed' && [...module.children.allTests('failed')].length === 0)
    .map((module) => failureOf(module, module.errors()));
  const stray = vitest.state.getUnhandledErrors().map((error) => ({ file: undefined, line: errorText(error) }));
  await vitest.close();
  return {
    tests: cases.length,
    passed: inState('passed').length,
    failures: [...failedTests, ...brokenFiles, ...stray],
    skipped: inState('skipped').map((test) => {
      const { note } = { note: undefined, ...test.result() };
      return `${nameOf(test.module, test)}${note === undefined ? '' : `: ${note}`}`;
    }),
  };
}

function failureOf(
  module: TestModule,
  errors: ReadonlyArray<{ readonly message: string }> = [],
  test?: TestCase,
): Failure {
  const reason = errors[0]?.message.split('\n', 1)[0] ?? 'no reason given';
  return { file: module.relativeModuleId, line: `${nameOf(module, test)}: ${reason}` };
}

function nameOf({ relativeModuleId }: TestModule, test?: TestCase): string {
  return test === undefined ? relativeModuleId : `${relativeModuleId} > ${test.fullName}`;
}
