/** The calls of this API, as their paths name them. */
export type StageCall = 'set' | 'get' | 'list' | 'info';

/** A failure that the caller is told of, in the words of the API. */
export class StageError extends Error {
  readonly code: 'MISSING' | 'WRONG' | 'NOT_DONE';

  constructor(code: StageError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StageError';
    this.code = code;
  }
}

export function missing(entity: string): StageError {
  return new StageError('MISSING', `Required entity is missing: ${entity}`);
}

export function notSet(stage: string, scope: string, why: string, options?: ErrorOptions): StageError {
  return new StageError('NOT_DONE', `Failed to set the stage(${stage}) in the scope(${scope}): ${why}`, options);
}
