export interface JobxErrorOptions extends ErrorOptions {
  /** What the caller can do about it. */
  readonly fix?: string;
}

/** A call cannot be done, and the caller is told why: `info` of the answer. */
export class JobxError extends Error {
  readonly code = 'JOBX';

  /** @param info in the words of the original program, where it has some */
  constructor(info: string, { fix, ...options }: JobxErrorOptions = {}) {
    super(fix === undefined ? info : `${info}: ${fix}`, options);
    this.name = 'JobxError';
  }
}

/** A parameter is missing, or is not what it has to be. */
export class FormatError extends JobxError {
  constructor(problem: string, options?: JobxErrorOptions) {
    super(`check format fail ${problem}`, options);
  }
}
