import { messageOf } from './thrown.ts';

/** What the API server says of a failure (metav1.Status), as far as it is used here. */
export interface ApiStatus {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly metadata?: { readonly continue?: string };
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly field?: string; readonly message?: string; readonly reason?: string }[];
  };
}

/** An answer of the API server with a status of 400 or above. The subclasses name the cases that callers tell apart. */
export class ApiError extends Error {
  readonly code: string = 'API_ERROR';
  readonly httpStatus: number;
  /** The server's own word, such as `NotFound`; empty when the answer was not a Status object. */
  readonly reason: string;
  readonly status: ApiStatus;
  /** How long the server asks to wait, in milliseconds; undefined when it does not say. */
  readonly retryAfter: number | undefined;

  constructor(httpStatus: number, status: ApiStatus, request: string, retryAfter?: number) {
    super(`${request}: ${status.message ?? `the API server answered ${httpStatus}`}`);
    this.name = new.target.name;
    this.httpStatus = httpStatus;
    this.reason = status.reason ?? '';
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export class UnauthorizedError extends ApiError {
  override readonly code = 'UNAUTHORIZED';
}
export class ForbiddenError extends ApiError {
  override readonly code = 'FORBIDDEN';
}
export class NotFoundError extends ApiError {
  override readonly code = 'NOT_FOUND';
}
export class AlreadyExistsError extends ApiError {
  override readonly code = 'ALREADY_EXISTS';
}
/** The object changed since it was read, or a precondition (UID, resourceVersion) did not hold. */
export class ConflictError extends ApiError {
  override readonly code = 'CONFLICT';
}
/** The resourceVersion or continue token asked for is too old: list anew. */
export class GoneError extends ApiError {
  override readonly code = 'GONE';
}
/** The object breaks its schema or an admission rule; repeating the same request is pointless. */
export class InvalidError extends ApiError {
  override readonly code = 'INVALID';
}
export class TooManyRequestsError extends ApiError {
  override readonly code = 'TOO_MANY_REQUESTS';
}
/**
 * A budget (PodDisruptionBudget) does not let a pod go now. Not one of TooManyRequestsError, which also has the status
 * 429: the server is not busy, and asking again soon is pointless.
 */
export class BudgetError extends ApiError {
  override readonly code = 'BUDGET';
}
export class ServerError extends ApiError {
  override readonly code = 'SERVER_ERROR';
}

/** No whole answer came: refused, reset, timed out, cut. The request may or may not have been carried out. */
export class TransportError extends Error {
  readonly code = 'TRANSPORT_ERROR';

  constructor(request: string, cause: unknown) {
    super(`${request}: no answer from the API server (${messageOf(cause)})`, { cause });
    this.name = 'TransportError';
  }
}

/**
 * Whether a stream was given up because nothing came for as long as it may be silent: quiet objects and a busy server
 * do that.
 */
export function isSilence(error: unknown): boolean {
  const cause: unknown = error instanceof TransportError ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'UND_ERR_BODY_TIMEOUT';
}

/**
 * The kubeconfig, or what it names (a token file, an exec plug-in, a certificate), could not be read; nothing was sent.
 */
export class CredentialsError extends Error {
  readonly code = 'CREDENTIALS';

  constructor(cause: unknown) {
    const detail = messageOf(cause).trim();
    super(
      `no credentials for the API server (${detail}): ` +
        'check the kubeconfig and the token file, certificate or exec command it names',
      { cause },
    );
    this.name = 'CredentialsError';
  }
}

/** Thrown by a reconcile function when trying again cannot help until the object changes. */
export class TerminalError extends Error {
  readonly code = 'TERMINAL';
  /** CamelCase, for the Stalled condition. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TerminalError';
    this.reason = reason;
  }
}

const byHttpStatus: Readonly<Record<number, typeof ApiError>> = {
  401: UnauthorizedError,
  403: ForbiddenError,
  404: NotFoundError,
  409: ConflictError,
  410: GoneError,
  422: InvalidError,
  429: TooManyRequestsError,
};

/**
 * Turns an error answer into the matching class.
 * @param body the answer's text; used as the message when it is not a Status object
 * @param retryAfter the Retry-After header, in seconds
 */
export function apiErrorFrom(httpStatus: number, body: string, request: string, retryAfter?: string): ApiError {
  const status = parseStatus(body);
  const seconds = status.details?.retryAfterSeconds ?? (retryAfter === undefined ? Number.NaN : Number(retryAfter));
  const wait = Number.isFinite(seconds) ? seconds * 1000 : undefined;
  if (httpStatus === 409 && status.reason === 'AlreadyExists')
    return new AlreadyExistsError(httpStatus, status, request, wait);
  if (httpStatus === 429 && hasCause(status, 'DisruptionBudget'))
    return new BudgetError(httpStatus, status, request, wait);
  const Class = byHttpStatus[httpStatus] ?? (httpStatus >= 500 ? ServerError : ApiError);
  return new Class(httpStatus, status, request, wait);
}

/** Whether the server names this among the causes of a failure. */
export function hasCause({ details }: ApiStatus, reason: string): boolean {
  return details?.causes?.some((cause) => cause.reason === reason) === true;
}

function parseStatus(body: string): ApiStatus {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'kind' in parsed && parsed.kind === 'Status')
      return parsed as ApiStatus;
  } catch {
    // Not JSON: a proxy in between, or a component that answers in plain text.
  }
  const text = body.trim().slice(0, 300);
  return text === '' ? {} : { message: text };
}
