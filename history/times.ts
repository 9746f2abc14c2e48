/** @returns seconds since 1970 of a time in RFC 3339; undefined for what is none */
export function toSeconds(time: string | undefined): number | undefined {
  const milliseconds = time === undefined || time === '' ? Number.NaN : Date.parse(time);
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}

/** @returns RFC 3339 in UTC and whole seconds, as the API server writes times */
export function fromSeconds(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** The day, counted from the beginning of 1970, in UTC. */
export function dayOf(seconds: number): number {
  return Math.floor(seconds / 86_400);
}
