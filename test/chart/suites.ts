import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';

import { ensureBinaries } from '../cluster/binaries/ensure.ts';
import { chartFolder } from './helm.ts';
import { runToEnd, type Ended } from './processes.ts';

/**
 * Runs the chart's own suites (tests/*_test.yaml) by helm-unittest, which is built when it is not there yet. Resolves
 * for every exit code.
 */
export async function runSuites(folder = chartFolder): Promise<Ended> {
  const programs = await ensureBinaries(['helm-unittest'], { log: (line) => console.log(line) });
  const { PATH = '' } = process.env;
  // Strict: a misspelt assertion would otherwise be none.
  const ended = await runToEnd(programs.pathOf('helm-unittest'), ['--strict', folder], { PATH });
  // It makes this folder whether there are snapshots or not; one that is not empty stays.
  await rmdir(join(folder, 'tests', '__snapshot__')).catch(() => undefined);
  return ended;
}
