/** The calls of this API, as their paths name them. */
export type StageCall = 'set' | 'get' | 'list' | 'info';

export const stageCalls: readonly StageCall[] = ['set', 'get', 'list', 'info'];

/**
 * A failure that the caller is told of, in the words of the API. `MISSING`: an entity was not sent. `INVALID`: it is
 * not of the form that it has. `NOT_DONE`: the call is understood, and cannot be done.
 */
export class StageError extends Error {
  readonly code: 'MISSING' | 'INVALID' | 'NOT_DONE';
  /** What is missing or invalid, as the API calls it; for NOT_DONE why, without the words that all of them have. */
  readonly what: string;

  constructor(code: StageError['code'], message: string, what: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StageError';
    this.code = code;
    this.what = what;
  }
}

export function missing(entity: string, hint = ''): StageError {
  return new StageError('MISSING', `Required entity is missing: ${entity}${hint}`, entity);
}

/** @param why what to send instead */
export function invalid(entity: string, why: string): StageError {
  return new StageError('INVALID', `${entity}: ${why}`, entity);
}

export function notSet(stage: string, scope: string, why: string, options?: ErrorOptions): StageError {
  return new StageError('NOT_DONE', `Failed to set the stage(${stage}) in the scope(${scope}): ${why}`, why, options);
}

export function notGot(scope: string, why: string): StageError {
  return new StageError('NOT_DONE', `Failed to get the stage in the scope(${scope}): ${why}`, why);
}

/** The node that is meant is not one of the cluster. */
export function noSuchNode(why: string): StageError {
  return new StageError('NOT_DONE', `Node: ${why}`, why);
}
