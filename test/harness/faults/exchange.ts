import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { KubeObject } from '../../../kube/objects.ts';

/** What a request asks for, as far as tests tell requests apart. */
export type RequestKind = 'list' | 'watch' | 'call';

/** One request that came, to be answered by the test in whatever way. */
export class Exchange {
  readonly kind: RequestKind;
  readonly method: string;
  readonly url: URL;
  readonly authorization: string;
  readonly body: string;
  /** Number of the connection it came on, from 1. */
  readonly connection: number;
  /** Resolves when the client or the server has ended the exchange, well or badly. */
  readonly closed: Promise<unknown>;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse, body: string, connection: number) {
    this.url = new URL(request.url ?? '/', 'http://127.0.0.1');
    this.method = request.method ?? '';
    this.kind = this.url.searchParams.has('watch')
      ? 'watch'
      : this.method === 'GET' && this.url.pathname.endsWith('s')
        ? 'list'
        : 'call';
    this.authorization = request.headers.authorization ?? '';
    this.body = body;
    this.connection = connection;
    this.#response = response;
    this.closed = once(response, 'close');
  }

  /** Where a watch wants to go on from. */
  get resourceVersion(): string | null {
    return this.url.searchParams.get('resourceVersion');
  }

  json(status: number, answer: object, headers: Readonly<Record<string, string>> = {}): void {
    this.text(status, JSON.stringify(answer), { 'content-type': 'application/json', ...headers });
  }

  text(status: number, answer: string, headers: Readonly<Record<string, string>> = {}): void {
    this.#response.writeHead(status, headers).end(answer);
  }

  /** An error as the API server words it. */
  refuse(code: number, reason: string, headers: Readonly<Record<string, string>> = {}): void {
    this.json(code, failure(code, reason), headers);
  }

  page(items: readonly KubeObject[], resourceVersion: string, more?: string): void {
    const metadata = more === undefined ? { resourceVersion } : { resourceVersion, continue: more };
    this.json(200, { kind: 'List', apiVersion: 'v1', metadata, items });
  }

  /** Sends the head of an answer; the body is up to the test. */
  begin(status: number): void {
    this.#response.writeHead(status, { 'content-type': 'application/json' });
    this.#response.flushHeaders();
  }

  /** Accepts a watch: the answer has begun, and no event was sent yet. */
  accept(): void {
    this.begin(200);
  }

  event(type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR', object: object): void {
    this.raw(`${eventLine(type, object)}\n`);
  }

  raw(bytes: string | Uint8Array): void {
    this.#response.write(bytes);
  }

  /** Sends each part as a chunk of its own, one after the other. */
  async chunks(parts: readonly Uint8Array[]): Promise<void> {
    for (const part of parts) {
      await new Promise<void>((resolve) => {
        this.#response.write(part, () => setImmediate(resolve));
      });
    }
  }

  /** Ends the answer as a server does that has nothing more to say. */
  end(): void {
    this.#response.end();
  }

  /** Drops the connection in the middle of whatever it was saying. */
  cut(): void {
    this.#response.socket?.destroy();
  }
}

export function eventLine(type: string, object: object): string {
  return JSON.stringify({ type, object });
}

function failure(code: number, reason: string): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: `the server says ${reason}` };
}
