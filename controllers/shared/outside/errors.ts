/** An outside system did not do what it was asked. Messages are the same for the same trouble, and hold no secret. */
export abstract class OutsideError extends Error {
  abstract readonly code: string;
  /** How the system is called, for example `OpenSearch`. */
  readonly system: string;

  constructor(system: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.system = system;
  }
}

/** No whole answer came. The request may have been carried out, unless no connection came about at any endpoint. */
export class UnreachableError extends OutsideError {
  readonly code = 'OUTSIDE_UNREACHABLE';
}

/** It does not let us in: the credential is wrong, or may do less than is needed. */
export class NotLetInError extends OutsideError {
  readonly code = 'OUTSIDE_NOT_LET_IN';
}

/** It answered that it cannot or will not do it. */
export class RefusalError extends OutsideError {
  readonly code = 'OUTSIDE_REFUSAL';
  readonly httpStatus: number;
  /** The answer, parsed where it was JSON. */
  readonly answer: unknown;

  constructor(system: string, request: string, httpStatus: number, answer: unknown) {
    super(system, `${system} answered ${request} with ${httpStatus}: ${excerpt(answer)}`);
    this.httpStatus = httpStatus;
    this.answer = answer;
  }
}

/** It answered in a form that nobody here knows. */
export class UnknownAnswerError extends OutsideError {
  readonly code = 'OUTSIDE_UNKNOWN_ANSWER';
}

/** Characters of an answer in a message. */
const longestExcerpt = 300;

function excerpt(answer: unknown): string {
  const text = typeof answer === 'string' ? answer : (JSON.stringify(answer) ?? '');
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, longestExcerpt) || 'nothing';
}
