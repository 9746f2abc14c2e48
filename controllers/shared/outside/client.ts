import { Agent, request, type Dispatcher } from 'undici';

import { NotLetInError, RefusalError, UnknownAnswerError, UnreachableError } from './errors.ts';

export interface OutsideOptions {
  /** How the system is called in messages, for example `OpenSearch`. */
  readonly system: string;
  /** Base URLs, at least one. They lead to one and the same system: what one of them does not answer, another may. */
  readonly endpoints: readonly string[];
  /** Of every call; the credential is in them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Certificates, in PEM, of the authorities that are trusted instead of the usual ones. */
  readonly ca?: string | undefined;
}

export interface OutsideCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for the whole call, at each endpoint. */
  readonly timeout?: number;
  /** To do it twice is the same as to do it once; true for GET unless stated. */
  readonly repeatable?: boolean;
  /** Statuses from 400 on that are answers to be read as well. */
  readonly reads?: readonly number[];
}

export interface OutsideAnswer {
  readonly status: number;
  /** The body, parsed; undefined when there is none. */
  readonly body: unknown;
}

const standardTimeout = 10_000;
const connectTimeout = 5000;
/** Bytes. What is larger is nothing that a controller asks for. */
const largestAnswer = 32 * 1024 * 1024;

/**
 * Calls of an outside system that speaks JSON over HTTP. It keeps connections open, remembers which endpoint answered
 * last, follows no redirect, and tries nothing twice that could be done twice.
 */
export class OutsideClient {
  readonly #options: OutsideOptions;
  readonly #agent: Agent;
  /** Index of the endpoint that answered last. */
  #first = 0;

  constructor(options: OutsideOptions) {
    this.#options = options;
    const { ca } = options;
    this.#agent = new Agent({
      connect: { timeout: connectTimeout, ...(ca === undefined ? {} : { ca }) },
      connections: 4,
      maxResponseSize: largestAnswer,
    });
  }

  /** @throws UnreachableError, NotLetInError, RefusalError, UnknownAnswerError */
  async call(call: OutsideCall): Promise<OutsideAnswer> {
    const { system, endpoints } = this.#options;
    const { repeatable = call.method === 'GET' } = call;
    let trouble: unknown;
    for (let offset = 0; offset < endpoints.length; offset += 1) {
      const index = (this.#first + offset) % endpoints.length;
      try {
        const answer = await this.#send(endpoints[index] ?? '', call);
        this.#first = index;
        return this.#read(call, answer);
      } catch (error) {
        if (!(error instanceof NoAnswerError)) throw error;
        trouble ??= error.cause;
        if (!repeatable && !isNoConnection(error.cause)) break;
      }
    }
    const where = endpoints.length === 1 ? endpoints[0] : `any of ${endpoints.join(', ')}`;
    throw new UnreachableError(system, `${system} does not answer at ${where}: ${saidBy(trouble)}`, { cause: trouble });
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #send(endpoint: string, call: OutsideCall): Promise<{ readonly status: number; readonly text: string }> {
    const { method, path, body, timeout = standardTimeout } = call;
    const options: Dispatcher.RequestOptions = {
      path: '',
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...this.#options.headers,
        ...call.headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(timeout),
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    try {
      const { path: _, ...others } = options;
      const url = `${endpoint.replace(/\/+$/, '')}${path}`;
      const answer = await request(url, { ...others, dispatcher: this.#agent });
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (error) {
      throw new NoAnswerError(error);
    }
  }

  #read(
    { method, path, reads = [] }: OutsideCall,
    { status, text }: { readonly status: number; readonly text: string },
  ): OutsideAnswer {
    const { system } = this.#options;
    const named = `${method} ${path.split('?')[0] ?? ''}`;
    const body = parsed(text);
    if ((status === 401 || status === 403) && !reads.includes(status))
      throw new NotLetInError(
        system,
        `${system} answered ${named} with ${status}: ` +
          'see that the Secret holds the right credential, and that it may do this',
      );
    if (status >= 300 && !reads.includes(status)) throw new RefusalError(system, named, status, body ?? text);
    if (body === undefined && text !== '')
      throw new UnknownAnswerError(system, `${system} answered ${named} with something that is not JSON`);
    return { status, body };
  }
}

/** One endpoint brought no whole answer. */
class NoAnswerError extends Error {
  readonly code = 'NO_ANSWER';

  constructor(cause: unknown) {
    super('no answer', { cause });
  }
}

const noConnection: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Nothing was sent. */
function isNoConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && noConnection.has(error.code);
}

function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // Of OpenSSL, whose own message is of places in its source.
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return 'it does not speak TLS there: see whether the URL begins with http://';
  if (code.startsWith('ERR_SSL_') && 'reason' in error) return `no TLS came about: ${String(error.reason)}`;
  // Ports of our own, which some messages hold, would make each message a new one.
  return code.startsWith('UND_ERR') || error.message === '' ? (code === '' ? error.name : code) : error.message;
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
