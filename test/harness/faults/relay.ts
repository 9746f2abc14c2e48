import { connect, createServer, type Server, type Socket } from 'node:net';

import { pickPorts } from '../../cluster/ports.ts';

/** A TCP relay on loopback to a server, so that a test can cut one client off while others go on. */
export class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #silent = false;
  #connections = 0;
  readonly #port: number;

  private constructor(target: { readonly host: string; readonly port: number }, port: number) {
    this.#port = port;
    this.#server = createServer((near) => {
      this.#connections += 1;
      const far = connect(target);
      this.#link(near, far);
      this.#link(far, near);
    });
  }

  static async start(target: URL): Promise<Relay> {
    // Of those that no client is given by chance while nobody listens.
    const [port = 0] = await pickPorts(1);
    const relay = new Relay({ host: target.hostname, port: Number(target.port === '' ? 443 : target.port) }, port);
    await relay.restore();
    return relay;
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** Connections accepted so far. */
  get connections(): number {
    return this.#connections;
  }

  /**
   * From now on nothing passes in either direction, and nobody is told: a network that swallows packets. What was
   * swallowed stays so.
   */
  silence(): void {
    this.#silent = true;
  }

  /** Breaks every connection and refuses new ones. */
  async refuse(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Lets connections in again, at the same address, after `refuse`. */
  async restore(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
  }

  #link(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (chunk) => {
      if (!this.#silent) to.write(chunk);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
