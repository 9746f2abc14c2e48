import type { ClusterStageWindowDay } from '../../../crds/types/clusterstage.ts';

/** As Date numbers them. */
export const weekdays: readonly ClusterStageWindowDay[] = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
];

/** What the clocks of a time zone show. */
export interface LocalTime {
  /** The midnight of this date in UTC, in milliseconds: a date without a place. */
  readonly date: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** Since midnight. */
  readonly minutes: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether this machine's time zone data has it. */
export function isTimeZone(timeZone: string): boolean {
  try {
    formatOf(timeZone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** @throws RangeError for a time zone that is none */
export function localTime(instant: Date, timeZone: string): LocalTime {
  const shown = shownAt(instant.getTime(), timeZone);
  const minutes = Math.floor(shown / 60_000);
  const date = Math.floor(minutes / 1440) * 86_400_000;
  return { date, weekday: new Date(date).getUTCDay(), minutes: minutes % 1440 };
}

/**
 * The moment at which the clocks show this time of a date: the first of two in autumn; in spring, for a time that they
 * leap over, the moment of the leap.
 */
export function instantOf(date: number, minutes: number, timeZone: string): Date {
  const wanted = date + minutes * 60_000;
  const offsetAt = (instant: number): number => shownAt(instant, timeZone) - instant;
  // The offsets of a day before and after are the only two that can hold; the larger one gives the earlier moment.
  const offsets = [offsetAt(wanted - 86_400_000), offsetAt(wanted + 86_400_000)].toSorted((a, b) => b - a);
  const fitting = offsets.map((offset) => wanted - offset).find((instant) => shownAt(instant, timeZone) === wanted);
  const [before = 0, after = 0] = offsets;
  return new Date(fitting ?? leapBetween(wanted - before, wanted - after, wanted, timeZone));
}

/** The first moment of the two at which the clocks show more than they wanted to. */
function leapBetween(early: number, late: number, wanted: number, timeZone: string): number {
  let [before, after] = [early, late];
  while (after - before > 60_000) {
    const middle = before + Math.floor((after - before) / 120_000) * 60_000;
    if (shownAt(middle, timeZone) < wanted) before = middle;
    else after = middle;
  }
  return after;
}

/** What the clocks show at a moment, as if it were UTC, to the minute; in milliseconds. */
function shownAt(instant: number, timeZone: string): number {
  const parts = formatOf(timeZone).formatToParts(instant);
  const [year = 0, month = 1, date = 1, hour = 0, minute = 0] = ['year', 'month', 'day', 'hour', 'minute'].map((type) =>
    Number(parts.find((part) => part.type === type)?.value),
  );
  return Date.UTC(year, month - 1, date, hour, minute);
}

/** They are dear to make. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  formats.set(timeZone, format);
  return format;
}
