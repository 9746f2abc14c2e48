import type { RunEvent } from './events.ts';
import { isObject, numberField, objectField, textField } from './json.ts';
import type { JsonObject } from './json.ts';

/** Key in the data of an event of what our own callback plug-in (runner/callback) adds to it. */
const key = 'fleetwright';

/** What the end of a task on a host tells beside its result. */
export interface EndFacts {
  /** Also where the result is hidden or cut. */
  readonly changed: boolean;
  /** The rescue section of a block takes the failure. */
  readonly rescued: boolean;
  /** The host could not be reached, and the content ignores it. */
  readonly ignored: boolean;
  /** Host that the task was delegated to. */
  readonly delegate?: string;
  /** Setting by which the failure may end the play for other hosts: `any_errors_fatal` and so on. */
  readonly endsPlay?: string;
}

/** Facts of an event `runner_on_…`; of a run that an older release started, what its result says. */
export function endFacts({ data }: RunEvent): EndFacts {
  const known = objectField(data, key);
  const delegate = textField(known, 'delegate');
  const endsPlay = textField(known, 'endsPlay');
  return {
    changed: known['changed'] === true || objectField(data, 'res')['changed'] === true,
    rescued: known['rescued'] === true,
    ignored: known['ignored'] === true,
    ...(delegate === undefined ? {} : { delegate }),
    ...(endsPlay === undefined ? {} : { endsPlay }),
  };
}

/** What became of plays and hosts beyond the final counts. Events are named by their uuid. */
export interface Course {
  /** Plays of the content, and how many of them began. */
  readonly plays: number;
  readonly begun: number;
  /** Hosts that plays which began select. */
  readonly selected: ReadonlySet<string>;
  /** Hosts of batches (`serial`) that never began. */
  readonly waiting: ReadonlySet<string>;
  /** By host: the failure that took it out of the run. */
  readonly fatal: ReadonlyMap<string, string>;
  /** By host: the failure of another host after which nothing began there in that play. */
  readonly cut: ReadonlyMap<string, string>;
  /** By host: the ignored failure of a connection, where no task ever reached the host. */
  readonly unreached: ReadonlyMap<string, string>;
}

/**
 * The course of a run from its final counts, the data of `playbook_on_stats`; undefined for a run that an older release
 * started.
 */
export function courseOf(stats: JsonObject): Course | undefined {
  const known: unknown = stats[key];
  if (!isObject(known)) return undefined;
  return {
    plays: numberField(known, 'plays'),
    begun: numberField(known, 'begun'),
    selected: names(known, 'selected'),
    waiting: names(known, 'waiting'),
    fatal: eventsByHost(known, 'fatal'),
    cut: eventsByHost(known, 'cut'),
    unreached: eventsByHost(known, 'unreached'),
  };
}

function names(known: JsonObject, field: string): ReadonlySet<string> {
  const list: unknown = known[field];
  return new Set(Array.isArray(list) ? list.filter((name) => typeof name === 'string') : []);
}

function eventsByHost(known: JsonObject, field: string): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(objectField(known, field)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}
