import type { AddressInfo } from 'node:net';

import type { FastifyInstance } from 'fastify';

import { pause } from '../kube/backoff.ts';

/** Something that listens. */
export interface Serving {
  readonly port: number;
  /**
   * Takes no new connections and resolves when the requests under way are answered; what is not after `gracePeriod` milliseconds is cut off.
   * @returns whether all ended by themselves
   */
  close(gracePeriod: number): Promise<boolean>;
}

/** Lets the application listen. @throws what listen throws, such as EADDRINUSE */
export async function serve(app: FastifyInstance, host: string, port: number): Promise<Serving> {
  await app.listen({ host, port });
  return {
    port: (app.server.address() as AddressInfo).port,
    async close(gracePeriod) {
      const closed = app.close().then(() => true);
      const grace = new AbortController();
      const inTime = await Promise.race([closed, pause(gracePeriod, grace.signal).then(() => false)]);
      grace.abort();
      // A client that never finishes its request would hold the process for ever.
      if (!inTime) app.server.closeAllConnections();
      await closed;
      return inTime;
    },
  };
}
