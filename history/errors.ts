/** Why the history cannot be used. */
export type HistoryProblem =
  | 'HISTORY_MISSING'
  | 'HISTORY_NOT_WRITABLE'
  | 'HISTORY_DISK_FULL'
  | 'HISTORY_CORRUPT'
  | 'HISTORY_NEWER'
  | 'HISTORY_BUSY'
  | 'HISTORY_UNREACHABLE'
  | 'HISTORY_REFUSED'
  | 'HISTORY_NOT_EMPTY'
  | 'HISTORY_CLOSED'
  | 'HISTORY_FAILED';

/** The history cannot be read or written; the message names the file, or the database, and says what to do. */
export class HistoryError extends Error {
  readonly code: HistoryProblem;

  constructor(code: HistoryProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HistoryError';
    this.code = code;
  }
}
