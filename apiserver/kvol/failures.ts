import { ServerError, TransportError } from '../../kube/errors.ts';
import { troubleOf } from '../troubles.ts';
import { ParameterError } from './parameters.ts';

/** How a failed call is answered. */
export interface Failure {
  readonly httpStatus: number;
  readonly message: string;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
}

/**
 * In the statuses that the document knows: 400 for a parameter, 401 for who may not, 405 for all that is no fault of
 * the caller's. 429 is not in it, and is what its clients have to be told in time; nor is 403, for a cluster whose
 * stage lets nothing begin, so that nobody takes his token for a wrong one.
 */
export function failureOf(error: unknown, requestId: string): Failure {
  if (error instanceof ParameterError) return { httpStatus: 400, message: error.message };
  const { code, httpStatus, message, retryAfter } = troubleOf(error, requestId, 'recoveries');
  if (code === 'GATE_CLOSED') return { httpStatus, message };
  if (code === 'DENIED' || httpStatus === 401 || httpStatus === 403) return { httpStatus: 401, message };
  if (httpStatus === 429) return { httpStatus, message, retryAfter };
  if (code === 'INVALID' || code === 'UNREADABLE') return { httpStatus: 400, message };
  return { httpStatus: 405, message, retryAfter };
}

/** Whether the operator has to know of it. */
export function isOperators(error: unknown, { httpStatus }: Failure): boolean {
  return httpStatus === 405 || error instanceof ServerError || error instanceof TransportError;
}
