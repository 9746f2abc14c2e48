import { ApiError } from '../kube/errors.ts';

/**
 * Something that this service does in its own name failed, which only the operator can put right. `message` says what,
 * as a part of a sentence.
 */
export class ServiceError extends Error {
  readonly code = 'SERVICE';

  constructor(problem: string, options?: ErrorOptions) {
    super(problem, options);
    this.name = 'ServiceError';
  }
}

/**
 * What this service does in its own name fails for reasons that are the operator's, and nothing that the caller could
 * ask for or be told.
 * @returns what `doing` does. @throws ServiceError where the API server does not allow it, else what `doing` throws
 */
export async function inOwnName<T>(doing: Promise<T>): Promise<T> {
  try {
    return await doing;
  } catch (error) {
    if (error instanceof ApiError && [401, 403, 404].includes(error.httpStatus))
      throw new ServiceError('the Kubernetes API server does not allow it to this service', { cause: error });
    throw error;
  }
}
