import { formats, optional, type Params } from './params.ts';
import type { RunQuery } from './records.ts';

/** Tasks in one answer, if the caller does not say, and at most. */
const usual = 1000;
const most = 10_000;

/** @returns which tasks the parameters choose, but for `taskuuid`. @throws FormatError */
export function queryIn(params: Params): RunQuery {
  return {
    name: optional(params, 'name', formats.text),
    user: optional(params, 'user', formats.text),
    status: optional(params, 'status', formats.text),
    firstDay: optional(params, 'time_start', formats.date),
    lastDay: optional(params, 'time_end', formats.date),
    before: optional(params, 'before', formats.place, 100),
    limit: limitIn(params, usual),
  };
}

/** @param usually where none is sent, or 0. @throws FormatError */
export function limitIn(params: Params, usually: number, key = 'limit'): number {
  const given = Number(optional(params, key, formats.number, 6) ?? 0);
  return given === 0 ? usually : Math.min(given, most);
}
