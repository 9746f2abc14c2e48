import { Pool, ProxyAgent, type Dispatcher } from 'undici';

import type { Access, Credentials } from './credentials.ts';
import { ApiError, TransportError, UnauthorizedError, apiErrorFrom } from './errors.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  /** A list is sent as one header for each of its values. */
  readonly headers?: Readonly<Record<string, string | string[]>> | undefined;
  readonly signal?: AbortSignal;
  /**
   * Asked when the request has its connection, before the first byte goes out; what it throws keeps the request back
   * and is what `call` throws.
   */
  readonly beforeSend?: (() => void) | undefined;
  /** The server may take seconds to answer: it goes over connections of its own. */
  readonly slow?: boolean;
}

export interface TransportOptions {
  /** Connections for calls that end; watches have their own. More than ten gain nothing against a busy API server. */
  readonly connections?: number;
  /** Milliseconds without a byte after which a call is given up. */
  readonly callTimeout?: number;
  /** Milliseconds of silence after which a watch is taken for dead: the server sends a bookmark about once a minute. */
  readonly streamTimeout?: number;
  /** Told of every answer (0: none came), for metrics. */
  readonly onAnswer?: (method: string, httpStatus: number, host: string) => void;
}

interface Pools {
  readonly fingerprint: string;
  readonly calls: Dispatcher;
  readonly slowCalls: Dispatcher;
  readonly streams: Dispatcher;
}

type Kind = Exclude<keyof Pools, 'fingerprint'>;

/** A connection for each of them; whoever makes slow calls says how many at once. */
const unlimited = null;

/**
 * One keep-alive HTTP/1.1 pool for every call, others for watches and slow calls, which would otherwise occupy it. It
 * goes through `dispatch`, not `fetch`: a third of the CPU per call. HTTP/1.1 on purpose: ten connections answer a
 * burst sooner than one HTTP/2 connection does.
 */
export class Transport {
  readonly #credentials: Credentials;
  readonly #options: Required<Omit<TransportOptions, 'onAnswer'>> & Pick<TransportOptions, 'onAnswer'>;
  #pools: Pools | undefined;

  constructor(credentials: Credentials, options: TransportOptions = {}) {
    this.#credentials = credentials;
    this.#options = { connections: 10, callTimeout: 30_000, streamTimeout: 90_000, ...options };
  }

  get server(): URL {
    return this.#credentials.server;
  }

  /** @returns the answer's text. @throws ApiError for an error answer, TransportError when none came. */
  async call(call: Call): Promise<string> {
    const chunks: Buffer[] = [];
    await this.#send(call, call.slow === true ? 'slowCalls' : 'calls', (chunk) => chunks.push(chunk));
    const [only] = chunks;
    if (only === undefined) return '';
    return (chunks.length === 1 ? only : Buffer.concat(chunks)).toString('utf8');
  }

  /** Hands over the answer's body piece by piece; resolves when the server ends it. Throws as `call` does. */
  async stream(call: Call, onChunk: (chunk: Buffer) => void): Promise<void> {
    await this.#send(call, 'streams', onChunk);
  }

  /** Ends watches at once, and lets calls under way finish. */
  async close(): Promise<void> {
    const pools = this.#pools;
    this.#pools = undefined;
    await pools?.streams.destroy();
    await Promise.all([pools?.calls.close(), pools?.slowCalls.close()]);
  }

  async #send(call: Call, kind: Kind, onChunk: (chunk: Buffer) => void): Promise<void> {
    const access = await this.#credentials.get();
    try {
      await this.#dispatch(call, kind, access, onChunk);
    } catch (error) {
      if (!(error instanceof UnauthorizedError) && !isDistrust(error)) throw error;
      // Refused before anything was done: safe to repeat, once, with what the kubeconfig yields now.
      this.#credentials.renew(access);
      await this.#dispatch(call, kind, await this.#credentials.get(), onChunk);
    }
  }

  #dispatch(call: Call, kind: Kind, access: Access, onChunk: (chunk: Buffer) => void): Promise<void> {
    const request = `${call.method} ${call.path}`;
    const headers: Record<string, string | string[]> = {
      accept: 'application/json',
      ...access.headers,
      ...call.headers,
    };
    if (call.body !== undefined) headers['content-type'] = call.contentType ?? 'application/json';
    const { origin, host } = this.#credentials.server;
    const seen = (status: number): void => this.#options.onAnswer?.(call.method, status, host);
    const options: Dispatcher.DispatchOptions = {
      origin,
      path: call.path,
      method: call.method,
      headers,
      body: call.body ?? null,
    };
    return new Promise<void>((resolve, reject) => {
      const handler = new AnswerHandler({
        request,
        onChunk,
        seen,
        resolve,
        reject,
        signal: call.signal,
        beforeSend: call.beforeSend,
      });
      this.#pool(access)[kind].dispatch(options, handler);
    });
  }

  #pool(access: Access): Pools {
    if (this.#pools?.fingerprint === access.fingerprint) return this.#pools;
    // The CA or the client certificate was rotated. Requests on the old pools go on until they end; new ones use the
    // new pools.
    void this.#pools?.calls.close();
    void this.#pools?.slowCalls.close();
    void this.#pools?.streams.close();
    const { callTimeout, streamTimeout, connections } = this.#options;
    const calls = { headersTimeout: callTimeout, bodyTimeout: callTimeout };
    this.#pools = {
      fingerprint: access.fingerprint,
      calls: this.#newPool(access, { connections, ...calls }),
      slowCalls: this.#newPool(access, { connections: unlimited, ...calls }),
      streams: this.#newPool(access, { connections: unlimited, ...calls, bodyTimeout: streamTimeout }),
    };
    return this.#pools;
  }

  #newPool(access: Access, limits: Pool.Options): Dispatcher {
    const proxy = this.#credentials.config.getCurrentCluster()?.proxyUrl;
    const common = { ...limits, pipelining: 1, allowH2: false, keepAliveTimeout: 60_000 };
    if (proxy !== undefined) return new ProxyAgent({ ...common, uri: proxy, requestTls: access.tls });
    return new Pool(this.#credentials.server.origin, {
      ...common,
      connect: { ...access.tls, keepAlive: true, keepAliveInitialDelay: 30_000, timeout: 10_000 },
    });
  }
}

/**
 * What TLS says of a certificate that our authority did not issue, or not for this server: after a rotation the
 * kubeconfig has another one.
 */
const distrust = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

function isDistrust(error: unknown): boolean {
  const cause = error instanceof TransportError ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' && distrust.has(cause.code);
}

const maxErrorBytes = 65_536;

interface Exchange {
  readonly request: string;
  readonly onChunk: (chunk: Buffer) => void;
  readonly seen: (httpStatus: number) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
  readonly beforeSend: (() => void) | undefined;
}

/** Error answers are gathered whole, since their text says what is wrong; good ones go to the caller as they come. */
class AnswerHandler implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  #status = 0;
  #retryAfter: string | undefined;
  readonly #errorBody: Buffer[] = [];
  #errorBytes = 0;
  #controller: Dispatcher.DispatchController | undefined;
  readonly #onAbort = (): void => {
    const reason = new Error('aborted by the caller');
    // Still waiting for a connection, which may take long: the caller need not.
    if (this.#controller === undefined) this.#exchange.reject(new TransportError(this.#exchange.request, reason));
    else this.#controller.abort(reason);
  };

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    exchange.signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (exchange.signal?.aborted === true) this.#onAbort();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#exchange.signal?.aborted === true) {
      this.#onAbort();
      return;
    }
    try {
      this.#exchange.beforeSend?.();
    } catch (error) {
      this.#exchange.reject(error);
      controller.abort(new Error('kept back by the caller'));
    }
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status;
    const retryAfter = headers['retry-after'];
    if (typeof retryAfter === 'string') this.#retryAfter = retryAfter;
    this.#exchange.seen(status);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#status >= 400) {
      if (this.#errorBytes < maxErrorBytes) this.#errorBody.push(chunk);
      this.#errorBytes += chunk.length;
      return;
    }
    try {
      this.#exchange.onChunk(chunk);
    } catch (error) {
      controller.abort(error instanceof Error ? error : new Error(String(error)));
    }
  }

  onResponseEnd(): void {
    this.#detach();
    const { request, resolve, reject } = this.#exchange;
    if (this.#status >= 400)
      reject(apiErrorFrom(this.#status, Buffer.concat(this.#errorBody).toString('utf8'), request, this.#retryAfter));
    else resolve();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#detach();
    if (this.#status === 0) this.#exchange.seen(0);
    // What the reader of a stream throws (a watch's ERROR event, a broken line) comes through here, and keeps its
    // class.
    this.#exchange.reject(
      error instanceof ApiError || error instanceof TransportError
        ? error
        : new TransportError(this.#exchange.request, error),
    );
  }

  #detach(): void {
    this.#exchange.signal?.removeEventListener('abort', this.#onAbort);
  }
}
