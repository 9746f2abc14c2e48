/**
 * The caller was not let in. Each API says so in its own form; the message may be shown to the caller, since it tells nothing about the
 * credential.
 */
export class AuthError extends Error {
  readonly code: 'TOKEN_MISSING' | 'TOKEN_WRONG' | 'TOO_MANY_FAILURES' | 'TOKENS_UNREADABLE';
  readonly httpStatus: 401 | 429 | 503;
  /** Seconds after which another try is worth it. */
  readonly retryAfter: number | undefined;

  constructor(code: AuthError['code'], httpStatus: AuthError['httpStatus'], message: string, retryAfter?: number) {
    super(message);
    this.name = 'AuthError';
    this.code = code;
    this.httpStatus = httpStatus;
    this.retryAfter = retryAfter;
  }
}

/** The file of tokens cannot be used. For the operator: the message names the file and the fix, never what is in it. */
export class TokenFileError extends Error {
  readonly code = 'TOKEN_FILE';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TokenFileError';
  }
}
