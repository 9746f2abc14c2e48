/** What a caller may be told otherwise than that it was not done: see Mode. */
export type JobxErrorCode = 'JOBX' | 'NO_TASK' | 'NO_BATCH' | 'NOT_WAITING' | 'UUID_TAKEN';

export interface JobxErrorOptions extends ErrorOptions {
  /** What the caller can do about it. */
  readonly fix?: string;
  /** What the original program said, where its words are no part of ours. */
  readonly original?: string;
  readonly code?: JobxErrorCode;
}

/** A call cannot be done, and the caller is told why: `info` of the answer. */
export class JobxError extends Error {
  readonly code: JobxErrorCode;
  /** Why, without what to do about it, in the words of the original program where it has some. */
  readonly original: string;

  /** @param info in the words of the original program, where it has some that a person can do something with */
  constructor(info: string, { fix, original = info, code = 'JOBX', ...options }: JobxErrorOptions = {}) {
    super(fix === undefined ? info : `${info}: ${fix}`, options);
    this.name = 'JobxError';
    this.code = code;
    this.original = original;
  }
}

/** A parameter is missing, or is not what it has to be. */
export class FormatError extends JobxError {
  constructor(problem: string, options?: JobxErrorOptions) {
    super(`check format fail ${problem}`, options);
  }
}
