import { HistoryError, type HistoryProblem } from '../errors.ts';

/** Why a history cannot be used, and what to do about it. */
export interface Cause {
  readonly code: HistoryProblem;
  readonly fix: string;
}

/**
 * @param place the file, or the database
 * @param causeOf undefined for an error that is not of the place: a programming error, which must look like one
 * @returns what to throw in the place of an error; errors of our own pass unchanged
 */
export function errorAt(place: string, error: unknown, causeOf: (error: Error) => Cause | undefined): Error {
  if (error instanceof HistoryError) return error;
  if (!(error instanceof Error)) return new HistoryError('HISTORY_FAILED', `the history ${place}: ${String(error)}`);
  const cause = causeOf(error);
  if (cause === undefined) return error;
  return new HistoryError(cause.code, `the history ${place} cannot be used (${saidBy(error)}): ${cause.fix}`, {
    cause: error,
  });
}

/** Several addresses of one host, none of which answered, are told in one error without a message. */
function saidBy(error: Error): string {
  return error.message === '' && error instanceof AggregateError
    ? error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join(', ')
    : error.message;
}

export function onlyForReading(place: string): HistoryError {
  return new HistoryError(
    'HISTORY_NOT_WRITABLE',
    `the history ${place} is open for reading only: only the recorder writes it`,
  );
}
