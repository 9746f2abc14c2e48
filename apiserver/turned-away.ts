/**
 * A request that is turned away before any API looks at it: the caller is not known or not allowed, or there is too
 * much to do. Each API says so in its own form; the message may be shown to the caller.
 */
export class TurnedAwayError<C extends string = string> extends Error {
  readonly code: C;
  readonly httpStatus: 401 | 403 | 429 | 503;
  /** Seconds after which another try is worth it. */
  readonly retryAfter: number | undefined;

  constructor(code: C, httpStatus: TurnedAwayError['httpStatus'], message: string, retryAfter?: number) {
    super(message);
    this.name = new.target.name;
    this.code = code;
    this.httpStatus = httpStatus;
    this.retryAfter = retryAfter;
  }
}

/** There is more to do than can be done, or than this caller may ask for. */
export class OverloadError extends TurnedAwayError<'OVERLOADED' | 'RATE_LIMITED'> {}
