import type { FastifyError } from 'fastify';

import { ApiError, ForbiddenError, InvalidError, NotFoundError, ServerError, TooManyRequestsError, TransportError, UnauthorizedError } from '../../kube/errors.ts';
import { AuthError } from '../auth/errors.ts';
import { BodyError, DispatchError, ParamError, TooLargeError } from './errors.ts';
import { isObject } from './json.ts';
import { refusalOf } from './refusals.ts';
import { bodyLimit } from './schemas.ts';

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
  readonly body: unknown;
  /** The body's schema, whose descriptions say what fields take. */
  readonly schema: unknown;
}

/** The one table of what this API answers to which error. Never tells a caller what only the operator should know. */
export function failureOf(error: unknown, call: FailedCall): Failure {
  if (error instanceof DispatchError) return { httpStatus: error.httpStatus, message: error.message };
  if (error instanceof AuthError) return { httpStatus: error.httpStatus, message: error.message, retryAfter: error.retryAfter };
  if (error instanceof TransportError) {
    return { httpStatus: 503, message: `the Kubernetes API server does not answer, so it is not known whether this was done: repeat the call; "task name is duplicate" then says that it was (request ${call.id})`, retryAfter: 5 };
  }
  if (error instanceof ApiError) return ofApiError(error, call);
  return isFastifyError(error) ? ofFastify(error, call) : internal(call);
}

/** What etcd says of an object, or its client before it asks. The API server passes it on as a failure of its own (500). */
const tooLargeToStore = /request is too large|message larger than max/;

function ofApiError(error: ApiError, call: FailedCall): Failure {
  const refusal = error instanceof InvalidError ? refusalOf(error, isObject(call.body) ? call.body : {}) : undefined;
  if (refusal !== undefined) return failureOf(refusal, call);
  if (error.httpStatus === 413 || tooLargeToStore.test(error.message)) {
    return failureOf(new TooLargeError('tasks: nodes, tasks and params together are larger than can be stored (about 1.5 MB): move large data to where the nodes can fetch it'), call);
  }
  if (error instanceof TooManyRequestsError) return { httpStatus: 503, message: `the Kubernetes API server is overloaded: try again (request ${call.id})`, retryAfter: Math.ceil((error.retryAfter ?? 5000) / 1000) };
  if (error instanceof ServerError) return { httpStatus: 503, message: `the Kubernetes API server failed: try again (request ${call.id})`, retryAfter: 5 };
  const operators = error instanceof ForbiddenError || error instanceof UnauthorizedError ? 'the Kubernetes API server does not allow it to this service' : error instanceof NotFoundError ? 'the namespace of the tasks does not exist' : undefined;
  return operators === undefined ? internal(call) : { httpStatus: 500, message: `${operators}: ask the operator to put that right (request ${call.id})` };
}

/** What Fastify finds before a handler runs. */
function ofFastify(error: FastifyError, call: FailedCall): Failure {
  const [problem] = error.validation ?? [];
  if (problem !== undefined) {
    const [, field = ''] = problem.instancePath.split('/');
    const missing = problem.keyword === 'required' ? String(problem.params['missingProperty']) : undefined;
    const place = problem.instancePath.slice(1).replace(/\/(\d+)/g, '[$1]');
    const what = missing === undefined ? `${place === '' ? 'body' : place}: ${problem.message ?? 'is not valid'}` : `${missing}: is required`;
    return failureOf(new ParamError(`${what}; ${descriptionOf(call.schema, missing ?? field)}`), call);
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return failureOf(new TooLargeError(`body: is larger than ${bodyLimit / 1024 / 1024} MiB: move large data to where the nodes can fetch it`), call);
  if (error.statusCode !== undefined && error.statusCode < 500) return failureOf(new BodyError({ cause: error }), call);
  return internal(call);
}

function descriptionOf(schema: unknown, field: string): string {
  const properties = isObject(schema) && isObject(schema['properties']) ? schema['properties'] : {};
  const described = field === '' ? schema : properties[field];
  return isObject(described) ? String(described['description']) : '';
}

function internal(call: FailedCall): Failure {
  return { httpStatus: 500, message: `the call failed: the operator finds the reason in the log under request ${call.id}` };
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('FST_');
}
