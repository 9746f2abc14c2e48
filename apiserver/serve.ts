import type { AddressInfo, Socket } from 'node:net';

import type { FastifyInstance } from 'fastify';

import { pause } from '../kube/backoff.ts';

/** Something that listens. */
export interface Serving {
  readonly port: number;
  /**
   * Takes no new connections and resolves when the requests under way are answered; what is not after `gracePeriod`
   * milliseconds is cut off.
   * @returns whether all ended by themselves
   */
  close(gracePeriod: number): Promise<boolean>;
}

/** Lets the application listen. @throws what listen throws, such as EADDRINUSE */
export async function serve(app: FastifyInstance, host: string, port: number): Promise<Serving> {
  const connections = new Set<Socket>();
  app.server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  // Where it listens is logged by the caller.
  await app.listen({ host, port, listenTextResolver: () => 'accepting connections' });
  return {
    port: (app.server.address() as AddressInfo).port,
    async close(gracePeriod) {
      const closed = app.close().then(() => true);
      const grace = new AbortController();
      const inTime = await Promise.race([closed, pause(gracePeriod, grace.signal).then(() => false)]);
      grace.abort();
      // A client that never finishes its request would hold the process for ever.
      if (!inTime) cutOff(app.server, connections);
      await closed;
      return inTime;
    },
  };
}

function cutOff(server: FastifyInstance['server'], connections: ReadonlySet<Socket>): void {
  server.closeAllConnections();
  // Those that are still in the handshake of TLS are no connections of the HTTP server yet.
  for (const socket of connections) socket.destroy();
}
