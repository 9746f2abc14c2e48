import { AuthError } from '../auth/errors.ts';
import { troubleOf, type Trouble } from '../troubles.ts';
import { OverloadError } from '../turned-away.ts';
import { SesError } from './errors.ts';

/** What is answered to a call that failed. */
export interface Failure {
  readonly httpStatus: number;
  readonly body: object;
  readonly retryAfter?: number | undefined;
}

/** Numbers and messages of the gateway before the original service. */
const gateway = {
  badRequest: { httpStatus: 400, errorCode: '100', message: 'Bad Request Exception' },
  authentication: { httpStatus: 401, errorCode: '200', message: 'Authentication Failed' },
  forbidden: { httpStatus: 403, errorCode: '230', message: 'Forbidden' },
  notFound: { httpStatus: 404, errorCode: '300', message: 'Not Found Exception' },
  tooLarge: { httpStatus: 413, errorCode: '430', message: 'Request Entity Too Large' },
  rateLimited: { httpStatus: 429, errorCode: '420', message: 'Rate Limited' },
  endpoint: { httpStatus: 503, errorCode: '500', message: 'Endpoint Error' },
  unexpected: { httpStatus: 500, errorCode: '900', message: 'Unexpected Error' },
} as const;

type GatewayWord = keyof typeof gateway;

/** @returns the envelope of the gateway: who calls, whether there is such a call, and whether it can be made now. */
export function gatewayFailure(word: GatewayWord, details: string, retryAfter?: number): Failure {
  const { httpStatus, errorCode, message } = gateway[word];
  return { httpStatus, body: { error: { errorCode, message, details } }, retryAfter };
}

/** @returns the envelope of the service: what the call asks for. */
export function serviceAnswer(
  code: number,
  message: string,
  result: object | boolean | null,
  requestId: string,
): object {
  return { code, message, result, requestId };
}

export function failureOf(error: unknown, requestId: string): Failure {
  if (error instanceof SesError)
    return { httpStatus: error.httpStatus, body: serviceAnswer(error.httpStatus, error.message, null, requestId) };
  const trouble = troubleOf(error, requestId, 'upgrades');
  return gatewayFailure(wordOf(error, trouble), trouble.message, trouble.retryAfter);
}

const words: Partial<Readonly<Record<Trouble['code'], GatewayWord>>> = {
  DENIED: 'forbidden',
  GATE_CLOSED: 'forbidden',
  UNREADABLE: 'badRequest',
  INVALID: 'badRequest',
  BODY_TOO_LARGE: 'tooLarge',
  OBJECT_TOO_LARGE: 'tooLarge',
  UNANSWERED: 'endpoint',
  BUSY: 'endpoint',
};

function wordOf(error: unknown, { code, httpStatus }: Trouble): GatewayWord {
  if (error instanceof AuthError && httpStatus === 401) return 'authentication';
  if (error instanceof AuthError && httpStatus === 403) return 'forbidden';
  if (error instanceof AuthError || error instanceof OverloadError)
    return httpStatus === 429 ? 'rateLimited' : 'endpoint';
  return words[code] ?? 'unexpected';
}
