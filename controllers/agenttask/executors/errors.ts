/** A field of the run cannot be used. */
export class InvalidRunError extends Error {
  override readonly name = 'InvalidRunError';
  readonly code = 'INVALID_RUN';
  /** Name of the field of RunSpec. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** The content is not what Ansible can run. Lines and columns count from 1. */
export class ContentError extends Error {
  override readonly name = 'ContentError';
  readonly code = 'INVALID_CONTENT';
  readonly line: number;
  readonly column: number;

  constructor(message: string, line: number, column: number) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/** The folder with roles, modules and so on cannot be used. */
export class ContentPathError extends Error {
  override readonly name = 'ContentPathError';
  readonly code = 'CONTENT_PATH';

  constructor(reason: string, options?: ErrorOptions) {
    super(`--content-path (FLEETWRIGHT_CONTENT_PATH): ${reason}`, options);
  }
}

/** There is no complete run folder to start. */
export class RunNotPreparedError extends Error {
  override readonly name = 'RunNotPreparedError';
  readonly code = 'RUN_NOT_PREPARED';

  constructor(id: string) {
    super(`Run ${id} has no complete folder here. Prepare it before starting it.`);
  }
}

/** The run was started under this id before and its folder was removed; it must not run a second time. */
export class RunRemovedError extends Error {
  override readonly name = 'RunRemovedError';
  readonly code = 'RUN_REMOVED';

  constructor(id: string) {
    super(`Run ${id} was started and removed before, and a run never starts twice. Use a new id for a new attempt.`);
  }
}

/** The supervisor did not come up. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code = 'START_FAILED';

  constructor(id: string, reason: string, options?: ErrorOptions) {
    super(`Run ${id} could not be started: ${reason}. Inspect the run before trying again.`, options);
  }
}

/** The run is running and its folder is needed. */
export class RunStillRunningError extends Error {
  override readonly name = 'RunStillRunningError';
  readonly code = 'RUN_STILL_RUNNING';

  constructor(id: string) {
    super(`Run ${id} is running. Stop it and wait for its end before removing it.`);
  }
}

/** Processes of the run cannot be ended. */
export class StopError extends Error {
  override readonly name = 'StopError';
  readonly code = 'STOP_FAILED';

  constructor(id: string, pids: readonly number[]) {
    super(
      `Run ${id} still has the processes ${pids.slice(0, 10).join(', ')}, which this user cannot end. ` +
        "End them as root on the controller's machine, or run the controller as root.",
    );
  }
}

/** Whether `error` is an operating system error with one of the given codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}
