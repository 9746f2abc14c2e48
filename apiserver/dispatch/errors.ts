/** A failure that the caller is told of, in the words of the API's document. The document names no HTTP statuses: they say what the failure means. */
export class DispatchError extends Error {
  readonly code: 'JSON' | 'PARAM' | 'DUPLICATE' | 'NOT_FOUND' | 'TOO_LARGE';
  readonly httpStatus: 400 | 404 | 413;

  constructor(code: DispatchError['code'], httpStatus: DispatchError['httpStatus'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.httpStatus = httpStatus;
  }
}

/** The body is not JSON. */
export class BodyError extends DispatchError {
  constructor(options?: ErrorOptions) {
    super('JSON', 400, 'json encode error', options);
  }
}

/** A field or header cannot be used. `problem` begins with its name as the caller wrote it, and says what to send instead. */
export class ParamError extends DispatchError {
  constructor(problem: string, options?: ErrorOptions) {
    super('PARAM', 400, `param error, error: ${problem}`, options);
  }
}

/** As ParamError, for what is refused for its size alone. */
export class TooLargeError extends DispatchError {
  constructor(problem: string, options?: ErrorOptions) {
    super('TOO_LARGE', 413, `param error, error: ${problem}`, options);
  }
}

/** A task of this name was there before. */
export class DuplicateNameError extends DispatchError {
  constructor(options?: ErrorOptions) {
    super('DUPLICATE', 400, 'task name is duplicate', options);
  }
}

export class TaskNotFoundError extends DispatchError {
  constructor() {
    super('NOT_FOUND', 404, 'task not found...');
  }
}
