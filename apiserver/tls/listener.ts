import { createServer, type Server, type ServerOptions } from 'node:https';
import type { RequestListener } from 'node:http';
import type { SecureContextOptions } from 'node:tls';

import type { KeyPair } from './key-pair.ts';

/** Milliseconds for the handshake, of which the time for the headers of a request knows nothing yet. */
const handshakeTimeout = 10_000;

/** The HTTPS server of the facade, whose certificate can be replaced while it serves. */
export class TlsListener {
  #pair: KeyPair;
  #server: Server | undefined;

  constructor(pair: KeyPair) {
    this.#pair = pair;
  }

  /** What new connections are shown. */
  get pair(): KeyPair {
    return this.#pair;
  }

  /** For Fastify's serverFactory. Protocols other than HTTP/1.1 are refused in the handshake. */
  create(options: ServerOptions, handler: RequestListener): Server {
    this.#server = createServer(
      { ...options, ...contextOf(this.#pair), handshakeTimeout, ALPNProtocols: ['http/1.1'] },
      handler,
    );
    return this.#server;
  }

  /**
   * Shows new connections this pair; those that are open stay as they are.
   * @throws what OpenSSL has against it, and then nothing has changed
   */
  use(pair: KeyPair): void {
    this.#server?.setSecureContext(contextOf(pair));
    this.#pair = pair;
  }
}

function contextOf({ certificate, key }: KeyPair): SecureContextOptions {
  // Said here, so that no flag of Node can allow an older version.
  return { cert: certificate, key, minVersion: 'TLSv1.2' };
}
