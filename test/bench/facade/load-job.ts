/** What the load generator is told to do, as JSON on its standard input. */
export interface LoadJob {
  /** http: or https: with host and port. */
  readonly origin: string;
  /** Of the authority that vouches for an https: server. */
  readonly caPem?: string;
  readonly connections: number;
  /** Complete requests, head and body. */
  readonly requests: readonly string[];
  /** Sends the requests over and over for so many seconds; without it, each once. */
  readonly seconds?: number;
}

/** What came of it, as JSON on its standard output. */
export interface LoadResult {
  readonly answers: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** Milliseconds from request to answer. */
  readonly latencies: readonly number[];
  /** Milliseconds of processor time of the generator itself within that time. */
  readonly cpu: number;
}

/** @returns one HTTP/1.1 request as it goes over the wire. */
export function requestText(
  method: 'GET' | 'POST',
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: object,
): string {
  const text = body === undefined ? '' : JSON.stringify(body);
  const length =
    body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
  const lines = Object.entries({ host: '127.0.0.1', accept: 'application/json', ...headers, ...length }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`;
}
