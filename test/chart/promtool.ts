import { ensureBinaries } from '../cluster/binaries/ensure.ts';
import { runToEnd, type Ended } from './processes.ts';

/** Runs Prometheus' own checker of rules, which is built when it is not there yet. Resolves for every exit code. */
export async function promtool(args: readonly string[]): Promise<Ended> {
  const programs = await ensureBinaries(['promtool'], { log: (line) => console.log(line) });
  return runToEnd(programs.pathOf('promtool'), args, {});
}
