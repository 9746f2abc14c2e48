import type { FastifyError } from 'fastify';

import { HistoryError } from '../history/errors.ts';
import { truncate } from '../kube/conditions.ts';
import {
  ApiError,
  ConflictError,
  ForbiddenError,
  InvalidError,
  NotFoundError,
  ServerError,
  TooManyRequestsError,
  TransportError,
  UnauthorizedError,
} from '../kube/errors.ts';
import { isFastifyError } from './fastify-error.ts';
import { GateClosedError } from './gate.ts';
import { BodyUnreadableError } from './http/json.ts';
import { ServiceError } from './service-error.ts';
import { TurnedAwayError } from './turned-away.ts';

/** The few things that an error can mean to a caller, whatever API he calls. */
export type TroubleCode =
  /** He was not let in, or there is too much to do: nothing was looked at. */
  | 'TURNED_AWAY'
  /** His Kubernetes user may not do it. */
  | 'DENIED'
  /** The stage of the cluster lets no operation begin. */
  | 'GATE_CLOSED'
  /** The body says nothing. */
  | 'UNREADABLE'
  /** The body is larger than what is read. */
  | 'BODY_TOO_LARGE'
  /** What was to be stored is larger than what the API server stores. */
  | 'OBJECT_TOO_LARGE'
  /** The API server has something against what was to be stored; `cause` says which field. */
  | 'INVALID'
  /** The API server did not answer: it may have been done. */
  | 'UNANSWERED'
  /** It was not done, and may be at another try. */
  | 'BUSY'
  /** Only the operator can put it right, and can be told what it is. */
  | 'OPERATOR'
  /** What it is stands in the log only. */
  | 'INTERNAL';

/** What an error means to a caller. Each API says so in a form of its own, and may have words of its own for it. */
export interface Trouble {
  readonly code: TroubleCode;
  readonly httpStatus: number;
  /** Tells a caller nothing that only the operator should know. */
  readonly message: string;
  /** Seconds after which another try is worth it. */
  readonly retryAfter?: number | undefined;
  /** For INVALID. */
  readonly cause?: InvalidError;
}

/** Seconds, where whoever is busy does not say. */
const afterBusy = 5;

/**
 * @param requestId by which the operator finds the call in the log
 * @param objects what callers of the API call the objects that it works on
 */
export function troubleOf(error: unknown, requestId: string, objects = 'objects'): Trouble {
  if (error instanceof TurnedAwayError)
    return {
      code: 'TURNED_AWAY',
      httpStatus: error.httpStatus,
      message: error.message,
      retryAfter: error.retryAfter,
    };
  if (error instanceof GateClosedError) return { code: 'GATE_CLOSED', httpStatus: 403, message: error.message };
  if (error instanceof ServiceError) return operators(error.message, requestId);
  if (error instanceof BodyUnreadableError) return { code: 'UNREADABLE', httpStatus: 400, message: error.message };
  if (error instanceof TransportError)
    return {
      code: 'UNANSWERED',
      httpStatus: 503,
      message: unanswered(requestId),
      retryAfter: afterBusy,
    };
  if (error instanceof HistoryError)
    return error.code === 'HISTORY_BUSY' || error.code === 'HISTORY_UNREACHABLE'
      ? busy(`the history is busy: try again (request ${requestId})`)
      : operators('the history cannot be read', requestId);
  if (error instanceof ApiError) return ofApiError(error, requestId, objects);
  return isFastifyError(error) ? ofFastify(error, requestId) : internal(requestId);
}

/**
 * @param hint what the repeated call will say if it was done the first time; for a call that can be repeated at will:
 * none
 */
export function unanswered(requestId: string, hint = ''): string {
  return (
    'the Kubernetes API server does not answer, so it is not known whether this was done: ' +
    `repeat the call${hint} (request ${requestId})`
  );
}

const notAllowed = 'the Kubernetes API server does not allow it to your user';

/**
 * What etcd says of an object, or its client before it asks. The API server passes it on as a failure of its own (500).
 */
const tooLargeToStore = /request is too large|message larger than max/;

function ofApiError(error: ApiError, requestId: string, objects: string): Trouble {
  if (error instanceof InvalidError)
    return { code: 'INVALID', httpStatus: 400, message: truncate(error.status.message ?? '', 500), cause: error };
  if (error.httpStatus === 413 || tooLargeToStore.test(error.message))
    return {
      code: 'OBJECT_TOO_LARGE',
      httpStatus: 413,
      message: 'this is larger than can be stored (about 1.5 MB): send less',
    };
  if (error instanceof TooManyRequestsError)
    return busy(
      `the Kubernetes API server is overloaded: try again (request ${requestId})`,
      Math.ceil((error.retryAfter ?? afterBusy * 1000) / 1000),
    );
  // Tried again and again already.
  if (error instanceof ConflictError) return busy(`others keep changing this: try again (request ${requestId})`);
  if (error instanceof ServerError) return busy(`the Kubernetes API server failed: try again (request ${requestId})`);
  // Said of the user in whose name we called, unless we may not even do that.
  if (error instanceof ForbiddenError && !/cannot impersonate/.test(error.message))
    return { code: 'DENIED', httpStatus: 403, message: `denied: ${truncate(error.status.message ?? notAllowed, 500)}` };
  if (error instanceof ForbiddenError || error instanceof UnauthorizedError)
    return operators('the Kubernetes API server does not allow it to this service', requestId);
  // What a caller looks for is looked for before; only what we take for granted can be missing here.
  if (error instanceof NotFoundError) return operators(`the namespace of the ${objects} does not exist`, requestId);
  return internal(requestId);
}

/** What Fastify finds before a handler runs. */
function ofFastify(error: FastifyError, requestId: string): Trouble {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return { code: 'BODY_TOO_LARGE', httpStatus: 413, message: 'the body is too large: send less' };
  if (error.statusCode !== undefined && error.statusCode < 500)
    return { code: 'UNREADABLE', httpStatus: error.statusCode, message: error.message };
  return internal(requestId);
}

function busy(message: string, retryAfter = afterBusy): Trouble {
  return { code: 'BUSY', httpStatus: 503, message, retryAfter };
}

function operators(problem: string, requestId: string): Trouble {
  return {
    code: 'OPERATOR',
    httpStatus: 500,
    message: `${problem}: ask the operator to put that right (request ${requestId})`,
  };
}

function internal(requestId: string): Trouble {
  return {
    code: 'INTERNAL',
    httpStatus: 500,
    message: `the call failed: the operator finds the reason in the log under request ${requestId}`,
  };
}
