import type { RunStep } from '../../../../crds/runlog.ts';
import type { HostResult } from '../executor.ts';
import { hostResult, noTally, type HostTally } from '../host-results.ts';
import { plainLine } from '../plain-text.ts';

/** What became of each host so far, from the steps of a run that goes on. */
export function liveResults(hosts: readonly string[], steps: Iterable<RunStep>): readonly HostResult[] {
  const tallies = new Map(hosts.map((host) => [host, noTally()]));
  for (const step of steps) {
    const tally = tallies.get(step.host);
    if (tally !== undefined) count(tally, step);
  }
  return [...tallies].map(([name, { message, ...counts }]) => hostResult(name, counts, message));
}

function count(tally: HostTally, { result, ignored, name, message }: RunStep): void {
  if (result === 'running') return;
  if (result === 'skipped') {
    tally.skipped += 1;
  } else if (result === 'unreachable' || (ignored !== true && (result === 'failed' || result === 'asyncFailed'))) {
    tally[result === 'unreachable' ? 'unreachable' : 'failed'] += 1;
    tally.message = plainLine(`Task "${name}": ${message ?? 'it failed'}`);
  } else {
    tally.ok += 1;
    tally.changed += result === 'changed' ? 1 : 0;
  }
}
