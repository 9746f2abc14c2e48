import { TurnedAwayError } from '../turned-away.ts';

/** The caller was not let in, or may not do this. The message tells nothing about any credential. */
export class AuthError extends TurnedAwayError<
  'TOKEN_MISSING' | 'TOKEN_WRONG' | 'TOO_MANY_FAILURES' | 'CREDENTIALS_UNREADABLE' | 'DENIED'
> {}
