import type { RunStep } from '../../../../crds/runlog.ts';
import type { HostOutcome, HostResult, TaskCounts } from '../executor.ts';
import { plainLine } from '../plain-text.ts';

interface Tally {
  ok: number;
  changed: number;
  failed: number;
  skipped: number;
  unreachable: number;
  message?: string;
}

/** What became of each host so far, from the steps of a run that goes on. */
export function liveResults(hosts: readonly string[], steps: Iterable<RunStep>): readonly HostResult[] {
  const tallies = new Map<string, Tally>(hosts.map((host) => [host, { ok: 0, changed: 0, failed: 0, skipped: 0, unreachable: 0 }]));
  for (const step of steps) {
    const tally = tallies.get(step.host);
    if (tally !== undefined) count(tally, step);
  }
  return [...tallies].map(([name, { message, ...counts }]) => ({ name, result: outcomeOf(counts), counts, ...(message === undefined ? {} : { message }) }));
}

function count(tally: Tally, { result, ignored, name, message }: RunStep): void {
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

function outcomeOf({ unreachable, failed, changed, ok, skipped }: TaskCounts): HostOutcome {
  if (unreachable > 0) return 'unreachable';
  if (failed > 0) return 'failed';
  if (changed > 0) return 'changed';
  if (ok > 0) return 'ok';
  return skipped > 0 ? 'skipped' : 'notRun';
}
