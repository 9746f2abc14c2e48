/** A call cannot be done, and the caller is told why: `info` of the answer. */
export class JobxError extends Error {
  readonly code = 'JOBX';

  constructor(info: string, options?: ErrorOptions) {
    super(info, options);
    this.name = 'JobxError';
  }
}

/** A parameter is missing, or is not what it has to be: in the words of the original program. */
export class FormatError extends JobxError {
  constructor(problem: string) {
    super(`check format fail ${problem}`);
  }
}
