/** The calls of this API, as their paths name them. */
export type CallName = 'run' | 'parallel_run' | 'stop' | 'check' | 'getlog';

export type DispatchErrorCode =
  | 'JSON'
  | 'SHAPE'
  | 'HEADER'
  | 'FIELD'
  | 'PARAM'
  | 'TOO_LARGE'
  | 'DUPLICATE'
  | 'NOT_FOUND';

/**
 * A failure that the caller is told of. What exactly he is told, and with which HTTP status, is up to the mode (see
 * documented.ts and original.ts).
 */
export class DispatchError extends Error {
  readonly code: DispatchErrorCode;

  constructor(code: DispatchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The body is not JSON. */
export class BodyError extends DispatchError {
  constructor(options?: ErrorOptions) {
    super('JSON', 'json encode error', options);
  }
}

/** A field cannot be used. `problem` begins with its name as the caller wrote it, and says what to send instead. */
export class ParamError extends DispatchError {
  constructor(problem: string, options?: ErrorOptions) {
    super('PARAM', problem, options);
  }
}

/** As ParamError, for what is refused for its size alone. */
export class TooLargeError extends DispatchError {
  constructor(problem: string, options?: ErrorOptions) {
    super('TOO_LARGE', problem, options);
  }
}

/** One of the headers that tell who calls is missing. */
export class HeaderError extends DispatchError {
  readonly header: 'X-CORRELATION-ID' | 'X-RESOURCE';

  constructor(header: HeaderError['header'], problem: string) {
    super('HEADER', problem);
    this.header = header;
  }
}

/** As ParamError, for a problem in the words of the original program. */
export class FieldError extends DispatchError {
  constructor(problem: string) {
    super('FIELD', problem);
  }
}

/** The same for a body that is JSON but no object. */
export class ShapeError extends DispatchError {
  constructor(problem: string) {
    super('SHAPE', problem);
  }
}

/** A task of this name was there before. */
export class DuplicateNameError extends DispatchError {
  constructor(options?: ErrorOptions) {
    super('DUPLICATE', 'task name is duplicate', options);
  }
}

/** Which task is asked for. Where both are given the id counts. */
export interface TaskQuery {
  readonly id?: number | undefined;
  readonly name?: string | undefined;
}

export class TaskNotFoundError extends DispatchError {
  readonly query: TaskQuery;

  constructor(query: TaskQuery = {}, options?: ErrorOptions) {
    super('NOT_FOUND', 'task not found...', options);
    this.query = query;
  }
}
