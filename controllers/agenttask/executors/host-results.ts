import { endFacts } from './event-facts.ts';
import type { RunEvent } from './events.ts';
import type { HostOutcome, HostResult, TaskCounts } from './executor.ts';
import { failureMessage } from './failure-message.ts';
import { numberField, objectField, textField } from './json.ts';
import type { JsonObject } from './json.ts';
import { plainLine } from './plain-text.ts';

/** What a host's tasks came to so far. */
export interface HostTally {
  ok: number;
  changed: number;
  failed: number;
  skipped: number;
  unreachable: number;
  message?: string;
}

interface EventTally extends HostTally {
  /** The task that began and has not ended. */
  open?: string;
  /** The play that the message's failure was in. */
  play?: string;
}

const endedEarly = 'The run ended early: later tasks may not have run here.';

export function noTally(): HostTally {
  return { ok: 0, changed: 0, failed: 0, skipped: 0, unreachable: 0 };
}

/** Results per host from Ansible's own final counts, the data of the `playbook_on_stats` event. */
export function resultsFromStats(hosts: readonly string[], stats: JsonObject): HostResult[] {
  const count = (kind: string, host: string): number => {
    const byHost = objectField(stats, kind);
    return Object.hasOwn(byHost, host) ? numberField(byHost, host) : 0;
  };
  return hosts.map((name) => {
    const counts: TaskCounts = {
      // A rescued failure is counted nowhere else; an ignored one is among `ok` already.
      ok: count('ok', name) + count('rescued', name),
      changed: count('changed', name),
      failed: count('failures', name),
      skipped: count('skipped', name),
      unreachable: count('dark', name),
    };
    return hostResult(name, counts, undefined);
  });
}

/** Results per host of a run without final counts: running, stopped, lost. */
export class ResultFold {
  readonly #tallies = new Map<string, EventTally>();

  constructor(hosts: readonly string[]) {
    for (const host of hosts) {
      this.#tallies.set(host, noTally());
    }
  }

  add(event: RunEvent): void {
    const tally = this.#tallies.get(textField(event.data, 'host') ?? '');
    if (tally === undefined) {
      return;
    }
    if (event.name === 'runner_on_start') {
      tally.open = textField(event.data, 'task') ?? '';
      return;
    }
    if (endsTask(event.name)) {
      delete tally.open;
      addToTally(tally, event);
    }
  }

  /** `running`: a task in progress is no failure yet; once the run is over, nobody knows what it did. */
  results(running: boolean): HostResult[] {
    return [...this.#tallies].map(([name, tally]) => {
      const { open, message, play: _play, ...counts } = tally;
      const well = counts.failed + counts.unreachable === 0;
      if (running || !well) return hostResult(name, counts, message);
      if (open !== undefined)
        return hostResult(
          name,
          { ...counts, failed: 1 },
          plainLine(`The run ended during the task "${open}"; what it did is not known.`),
        );
      return counts.ok + counts.skipped === 0
        ? hostResult(name, counts, undefined)
        : { ...hostResult(name, counts, endedEarly), unfinished: true };
    });
  }
}

/** Whether the event says that a host failed for good or could not be reached. */
function isTrouble(event: RunEvent): boolean {
  const { rescued, ignored } = endFacts(event);
  return event.name === 'runner_on_failed'
    ? event.data['ignore_errors'] !== true && !rescued
    : event.name === 'runner_on_unreachable' && !ignored;
}

function endsTask(name: string): boolean {
  return ['runner_on_ok', 'runner_on_failed', 'runner_on_skipped', 'runner_on_unreachable'].includes(name);
}

function addToTally(tally: EventTally, event: RunEvent): void {
  if (isTrouble(event)) {
    tally[event.name === 'runner_on_failed' ? 'failed' : 'unreachable'] += 1;
    // What fails afterwards in the same play does so in an always section or a handler.
    const play = textField(event.data, 'play_uuid') ?? '';
    if (play !== tally.play) tally.message = failureMessage(event);
    tally.play = play;
  } else if (event.name === 'runner_on_skipped') {
    tally.skipped += 1;
  } else {
    tally.ok += 1;
    tally.changed += endFacts(event).changed && !endFacts(event).rescued ? 1 : 0;
  }
}

/** The result that the counts mean. `message`: why it is no success. */
export function hostResult(name: string, counts: TaskCounts, message: string | undefined): HostResult {
  return { name, result: outcomeOf(counts), counts, ...(message === undefined ? {} : { message }) };
}

function outcomeOf(counts: TaskCounts): HostOutcome {
  if (counts.unreachable > 0) {
    return 'unreachable';
  }
  if (counts.failed > 0) {
    return 'failed';
  }
  if (counts.changed > 0) {
    return 'changed';
  }
  if (counts.ok > 0) {
    return 'ok';
  }
  return counts.skipped > 0 ? 'skipped' : 'notRun';
}
