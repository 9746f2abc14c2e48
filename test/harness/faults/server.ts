import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

import { Exchange, type RequestKind } from './exchange.ts';

/**
 * An HTTP server on loopback that answers nothing by itself: the test takes each request as it comes, by `next`, and
 * answers it as a healthy API server would, or not.
 */
export class FaultServer {
  readonly #server: Server;
  readonly #sockets = new Map<Socket, number>();
  readonly #arrived: Exchange[] = [];
  readonly #waiting: { readonly kind: RequestKind; readonly resolve: (exchange: Exchange) => void }[] = [];
  readonly #counts: Record<RequestKind, number> = { list: 0, watch: 0, call: 0 };
  #connections = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      const connection = this.#sockets.get(request.socket) ?? 0;
      void text(request).then(
        (body) => this.#take(new Exchange(request, response, body, connection)),
        // The client went away in the middle of its request.
        () => undefined,
      );
    });
    this.#server.on('connection', (socket) => {
      this.#connections += 1;
      this.#sockets.set(socket, this.#connections);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<FaultServer> {
    const faults = new FaultServer();
    await new Promise<void>((resolve) => {
      faults.#server.listen(0, '127.0.0.1', resolve);
    });
    return faults;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections accepted so far. */
  get connections(): number {
    return this.#connections;
  }

  /** Requests of a kind that came so far, answered or not. */
  count(kind: RequestKind): number {
    return this.#counts[kind];
  }

  /** The next request of this kind that nobody took yet. */
  async next(kind: RequestKind): Promise<Exchange> {
    const index = this.#arrived.findIndex((exchange) => exchange.kind === kind);
    const [arrived] = index < 0 ? [] : this.#arrived.splice(index, 1);
    if (arrived !== undefined) return arrived;
    return new Promise((resolve) => this.#waiting.push({ kind, resolve }));
  }

  /** A kubeconfig for this server. Plain HTTP is taken from a kubeconfig that asks for no verification only. */
  kubeconfig(user: object = { token: 'first' }, cluster: object = {}): string {
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'faults',
      contexts: [{ name: 'faults', context: { cluster: 'faults', user: 'faults' } }],
      clusters: [{ name: 'faults', cluster: { server: this.url, 'insecure-skip-tls-verify': true, ...cluster } }],
      users: [{ name: 'faults', user }],
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #take(exchange: Exchange): void {
    this.#counts[exchange.kind] += 1;
    const index = this.#waiting.findIndex(({ kind }) => kind === exchange.kind);
    const [waiting] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (waiting === undefined) this.#arrived.push(exchange);
    else waiting.resolve(exchange);
  }
}
