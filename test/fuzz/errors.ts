export type FuzzErrorCode = 'BAD_USAGE' | 'TOOL_MISSING' | 'FACADE_FAILED';

/** The API cannot be fuzzed. The message says what to do. */
export class FuzzError extends Error {
  readonly code: FuzzErrorCode;

  constructor(code: FuzzErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FuzzError';
    this.code = code;
  }
}
