import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { ConnectionError, FastifyInstance } from 'fastify';

const causes: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not arrive in time: send it in one go'],
  HPE_HEADER_OVERFLOW: [431, 'the headers are larger than 16 KiB together'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the extensions of the chunks are too large'],
};

/**
 * Answers what cannot be read as a request at all, in the form of answers that belong to no API, and ends the
 * connection.
 */
export function answerUnreadable(this: FastifyInstance, error: ConnectionError, socket: Socket): void {
  // An answer would be taken for a part of the handshake.
  if (/^ERR_(?:SSL|TLS)_/.test(error.code)) {
    this.log.debug({ err: error, remoteAddress: socket.remoteAddress }, 'TLS failed');
    socket.destroy();
    return;
  }
  // The other side is gone, or was answered already.
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const [status, message] = causes[error.code] ?? [400, 'this is not a valid HTTP request'];
  this.log.debug({ err: error, remoteAddress: socket.remoteAddress }, 'request could not be read');
  const body = bodyOf(message);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/**
 * Gives the same form to what Node's own HTTP server answers without asking anybody: a request that expects what the
 * server does not know.
 */
export function answerExpectations(server: Pick<Server, 'on'>): void {
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const body = bodyOf('the header Expect asks for something that is not known here: leave it out');
    response
      .writeHead(417, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        connection: 'close',
      })
      .end(body);
  });
}

function bodyOf(message: string): string {
  return JSON.stringify({ code: -1, message });
}
