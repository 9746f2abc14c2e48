import type { KubeObject } from '../../kube/objects.ts';
import type { Entry, HistoryKind, Listing } from '../kind.ts';
import type { ListQuery, Tally } from '../store.ts';
import { fromSeconds, toSeconds } from '../times.ts';
import { createdOf } from './forms.ts';

/** A record that is over, as it stands in the list of its kind. */
export interface ListedRow extends Entry {
  /** When it began, in seconds since 1970; when it was made, where it never did. */
  readonly began: number;
  readonly ran: boolean;
}

/** Where a record is counted. */
export interface Count {
  /** As 2026-01-31, in UTC. */
  readonly day: string;
  readonly hour: number;
  /** The place of its span among those of the listing. */
  readonly span: number;
}

/** An index holds no longer texts; annotations may be of any length. */
const longest = 256;

/** @returns undefined for what stands in no list */
export function listedRow<T extends KubeObject>(kind: HistoryKind<T>, object: T): ListedRow | undefined {
  const entry = kind.listing?.entryOf(object);
  if (entry === undefined) return undefined;
  const started = toSeconds(kind.startedAt(object));
  const { name, user, outcome } = entry;
  return {
    name: name.slice(0, longest),
    user: user.slice(0, longest),
    outcome,
    began: started ?? createdOf(object),
    ran: started !== undefined,
  };
}

/** @param took seconds; undefined where its end is not known, which counts as the longest */
export function countOf({ began }: ListedRow, took: number | undefined, { spans }: Listing<never>): Count {
  const time = fromSeconds(began);
  const found = spans.findIndex((bound) => took !== undefined && took < bound);
  return { day: time.slice(0, 10), hour: Number(time.slice(11, 13)), span: found === -1 ? spans.length : found };
}

/** How long it took, in seconds, as it says itself. */
export function tookOf<T extends KubeObject>(kind: HistoryKind<T>, object: T): number | undefined {
  const [start, end] = [kind.startedAt(object), kind.endedAt(object)];
  return start === undefined || end === undefined ? undefined : (Date.parse(end) - Date.parse(start)) / 1000;
}

/** Where a page of a list ends. */
export interface Place {
  readonly began: number;
  readonly record: number;
}

/**
 * Before which records of a list are looked for, and from when on, in seconds since 1970. There is one bound above: of
 * two, a database begins at one of them, and goes through all that the other one leaves out.
 */
export interface Bounds {
  readonly from: number;
  readonly before: Place;
  /** What never began is left out. */
  readonly ranOnly: boolean;
}

const ever = Number.MAX_SAFE_INTEGER;

/** @returns undefined where no record can be in the list */
export function boundsOf({ firstDay, lastDay, before }: ListQuery): Bounds | undefined {
  const from = firstDay === undefined ? -ever : toSeconds(`${firstDay}T00:00:00Z`);
  const last = lastDay === undefined ? ever : toSeconds(`${lastDay}T00:00:00Z`);
  if (from === undefined || last === undefined) return undefined;
  // Keys of records are from 1 on.
  const end = lastDay === undefined ? placeOf(undefined) : { began: last + 86_400, record: 0 };
  const place = placeOf(before);
  return {
    from,
    before: place.began < end.began ? place : end,
    ranOnly: firstDay !== undefined || lastDay !== undefined,
  };
}

function placeOf(text: string | undefined): Place {
  const [, began, record] = /^(-?\d{1,15})[.](\d{1,15})$/.exec(text ?? '') ?? [];
  return began === undefined ? { began: ever, record: ever } : { began: Number(began), record: Number(record) };
}

/** Of candidates those of a page, the latest first, and where the next page begins. */
export function pageOf<P extends Place>(
  candidates: readonly P[],
  limit: number,
): { readonly shown: readonly P[]; readonly before?: string } {
  const latest = candidates.toSorted((one, other) => other.began - one.began || other.record - one.record);
  const shown = latest.slice(0, limit);
  const last = shown.at(-1);
  return latest.length <= limit || last === undefined ? { shown } : { shown, before: `${last.began}.${last.record}` };
}

/**
 * More names than that are not looked up one by one: where so many contain what is asked for, going through the records
 * by their time soon finds a page of them.
 */
export const mostNames = 100;

/** Numbers of a tally, as many as there are places. */
export function filled(numbers: readonly number[], places: number): readonly number[] {
  return Array.from({ length: Math.max(places, numbers.length) }, (_, index) => numbers[index] ?? 0);
}

/** A tally of which some numbers may not have been written yet. */
export function tallyOf(
  row: Omit<Tally, 'hours' | 'spans'>,
  hours: readonly number[],
  spans: readonly number[],
  { spans: bounds }: Listing<never>,
): Tally {
  return { ...row, hours: filled(hours, 24), spans: filled(spans, bounds.length + 1) };
}
