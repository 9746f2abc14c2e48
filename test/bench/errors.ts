/** The benchmark cannot go on. The message says what to do. */
export class BenchError extends Error {
  readonly code: 'BAD_USAGE' | 'MANAGER_FAILED' | 'NOT_MEASURABLE' | 'DRIVER_FAILED';

  constructor(code: BenchError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BenchError';
    this.code = code;
  }
}
