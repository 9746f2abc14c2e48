import { apiErrorFrom, ServerError, TransportError, type ApiStatus } from './errors.ts';
import type { KubeObject } from './objects.ts';
import type { Call, Transport } from './transport.ts';

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

const newline = 0x0a;

/**
 * Reads a watch: JSON objects, one a line. Resolves when the server ends it at a line's end.
 * @throws GoneError or another ApiError for an ERROR event; TransportError for a cut connection, or a line that is not
 * JSON: an event was lost then, and the caller must watch again from the last resourceVersion it saw.
 */
export async function readWatch<T extends KubeObject>(
  transport: Transport,
  call: Call,
  onEvent: (event: WatchEvent<T>) => void,
): Promise<void> {
  const request = `WATCH ${call.path}`;
  const lines = new LineSplitter((line) => onEvent(parseEvent<T>(line, request)));
  await transport.stream(call, (chunk) => lines.push(chunk));
  if (lines.partial) throw new TransportError(request, new Error('the watch ended within a line'));
}

function parseEvent<T>(line: string, request: string): WatchEvent<T> {
  let event: { type: string; object: unknown };
  try {
    event = JSON.parse(line) as { type: string; object: unknown };
  } catch (error) {
    throw new TransportError(request, error);
  }
  if (event.type === 'ERROR') throw errorOf(event.object as ApiStatus, request);
  return event as WatchEvent<T>;
}

function errorOf(status: ApiStatus, request: string): Error {
  const code = status.code ?? 500;
  return code >= 400 ? apiErrorFrom(code, JSON.stringify(status), request) : new ServerError(code, status, request);
}

/** Chunks end anywhere, also within a character, so lines are put together as bytes and decoded whole. */
class LineSplitter {
  readonly #onLine: (line: string) => void;
  #rest: Buffer[] = [];

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  get partial(): boolean {
    return this.#rest.length > 0;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const line = this.#take(chunk.subarray(start, end));
      start = end + 1;
      if (line !== '') this.#onLine(line);
    }
    if (start < chunk.length) this.#rest.push(chunk.subarray(start));
  }

  #take(tail: Buffer): string {
    if (this.#rest.length === 0) return tail.toString('utf8');
    const line = Buffer.concat([...this.#rest, tail]).toString('utf8');
    this.#rest = [];
    return line;
  }
}
