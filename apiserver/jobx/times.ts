/** `2026-01-02 03:04:05`, UTC; null for a time that has not come. */
export function timeText(time: string | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}

/** Seconds since 1970 with a fraction, as text. */
export function secondsText(time: string | undefined): string | null {
  return time === undefined ? null : (Date.parse(time) / 1000).toFixed(3);
}

/** Seconds between two times; undefined as long as one of them has not come. */
export function secondsBetween(start: string | undefined, end: string | undefined): number | undefined {
  return start === undefined || end === undefined ? undefined : (Date.parse(end) - Date.parse(start)) / 1000;
}
