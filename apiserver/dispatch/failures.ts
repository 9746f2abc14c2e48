import type { FastifyError } from 'fastify';

import { HistoryError } from '../../history/errors.ts';
import { truncate } from '../../kube/conditions.ts';
import {
  ApiError,
  ForbiddenError,
  InvalidError,
  NotFoundError,
  ServerError,
  TooManyRequestsError,
  TransportError,
  UnauthorizedError,
} from '../../kube/errors.ts';
import { isFastifyError } from '../fastify-error.ts';
import { Refusal } from '../refusal.ts';
import { bodyLimit } from './body.ts';
import { BodyError, DispatchError, ServiceError, TooLargeError, type CallName } from './errors.ts';
import { isObject } from './json.ts';
import type { Mode } from './mode.ts';
import { refusalOf } from './refusals.ts';

/** How a failed call is answered: the message goes into `{"code":-1,"message":…}`. */
export interface Failure {
  readonly httpStatus: number;
  readonly message: string;
  /** Seconds, for the header. */
  readonly retryAfter?: number | undefined;
}

/** What is known of the call that failed. */
export interface FailedCall {
  readonly id: string;
  readonly name: CallName;
  readonly body: unknown;
}

/** What is answered to which error, in every mode; a DispatchError is put into words by the mode. Never tells a caller what only the operator should know. */
export function failureOf(error: unknown, call: FailedCall, mode: Mode): Failure {
  if (error instanceof ServiceError)
    return { httpStatus: 500, message: `${error.message}: ask the operator to put that right (request ${call.id})` };
  if (error instanceof DispatchError) return mode.refusal(error, call.name);
  if (error instanceof Refusal)
    return { httpStatus: error.httpStatus, message: error.message, retryAfter: error.retryAfter };
  if (error instanceof TransportError) {
    const known =
      call.name === 'run' || call.name === 'parallel_run' ? '; "task name is duplicate" then says that it was' : '';
    return {
      httpStatus: 503,
      message: `the Kubernetes API server does not answer, so it is not known whether this was done: repeat the call${known} (request ${call.id})`,
      retryAfter: 5,
    };
  }
  if (error instanceof HistoryError) {
    if (error.code === 'HISTORY_BUSY')
      return { httpStatus: 503, message: `the history is busy: try again (request ${call.id})`, retryAfter: 5 };
    return failureOf(new ServiceError('the history cannot be read', { cause: error }), call, mode);
  }
  if (error instanceof ApiError) return ofApiError(error, call, mode);
  return isFastifyError(error) ? ofFastify(error, call, mode) : internal(call);
}

/** What etcd says of an object, or its client before it asks. The API server passes it on as a failure of its own (500). */
const tooLargeToStore = /request is too large|message larger than max/;

function ofApiError(error: ApiError, call: FailedCall, mode: Mode): Failure {
  const refusal = error instanceof InvalidError ? refusalOf(error, isObject(call.body) ? call.body : {}) : undefined;
  if (refusal !== undefined) return mode.refusal(refusal, call.name);
  if (error.httpStatus === 413 || tooLargeToStore.test(error.message)) {
    return mode.refusal(
      new TooLargeError(
        'tasks: nodes, tasks and params together are larger than can be stored (about 1.5 MB): move large data to where the nodes can fetch it',
      ),
      call.name,
    );
  }
  if (error instanceof TooManyRequestsError)
    return {
      httpStatus: 503,
      message: `the Kubernetes API server is overloaded: try again (request ${call.id})`,
      retryAfter: Math.ceil((error.retryAfter ?? 5000) / 1000),
    };
  if (error instanceof ServerError)
    return {
      httpStatus: 503,
      message: `the Kubernetes API server failed: try again (request ${call.id})`,
      retryAfter: 5,
    };
  // Said of the user in whose name we called, unless we may not even do that.
  if (error instanceof ForbiddenError && !/cannot impersonate/.test(error.message))
    return {
      httpStatus: 403,
      message: `denied: ${truncate(error.status.message ?? 'the Kubernetes API server does not allow it to your user', 500)}`,
    };
  const operators =
    error instanceof ForbiddenError || error instanceof UnauthorizedError
      ? 'the Kubernetes API server does not allow it to this service'
      : error instanceof NotFoundError
        ? 'the namespace of the tasks does not exist'
        : undefined;
  return operators === undefined ? internal(call) : failureOf(new ServiceError(operators), call, mode);
}

/** What Fastify finds before a handler runs. */
function ofFastify(error: FastifyError, call: FailedCall, mode: Mode): Failure {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return mode.refusal(
      new TooLargeError(
        `body: is larger than ${bodyLimit / 1024 / 1024} MiB: move large data to where the nodes can fetch it`,
      ),
      call.name,
    );
  if (error.statusCode !== undefined && error.statusCode < 500)
    return mode.refusal(new BodyError({ cause: error }), call.name);
  return internal(call);
}

function internal(call: FailedCall): Failure {
  return {
    httpStatus: 500,
    message: `the call failed: the operator finds the reason in the log under request ${call.id}`,
  };
}
