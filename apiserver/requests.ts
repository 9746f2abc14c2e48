import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import type { FastifyInstance } from 'fastify';

import type { HttpMetrics } from './metrics.ts';

/** The caller's own id is kept where it cannot be mistaken for something else in a log. */
const usableId = /^[A-Za-z0-9._-]{1,64}$/;

/** For Fastify's genReqId: X-Request-ID as sent by a caller or a proxy, else a new one. */
export function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && usableId.test(given) ? given : randomUUID();
}

/**
 * Adds to every answer its request's id, the headers that keep it out of caches and `more`, which a route may set
 * otherwise, and to the log and the metrics one entry for each.
 */
export function followRequests(
  app: FastifyInstance,
  metrics: HttpMetrics,
  more: Readonly<Record<string, string>>,
): void {
  const always = { ...more, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  // Callbacks, not promises, in what every call goes through: each promise is a turn of the queue.
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id).headers(always);
    done();
  });
  let closing = false;
  app.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    // A connection that is kept for a next request would hold up the end of the process.
    if (closing) reply.header('connection', 'close');
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions, log, ip: remoteAddress } = request;
    const { statusCode: status, elapsedTime } = reply;
    const route = routeOptions.url;
    metrics.answered(method, route, status, elapsedTime / 1000);
    const fields = { method, route: route ?? 'none', status, milliseconds: Math.round(elapsedTime), remoteAddress };
    // Whoever is not let in was logged by the guard, which knows when to fall silent.
    if (status === 401 || status === 429) log.debug(fields, 'request refused');
    else log.info(fields, 'request answered');
    done();
  });
  app.addHook('onRequestAbort', async (request) => {
    request.log.info(
      { method: request.method, route: request.routeOptions.url ?? 'none', remoteAddress: request.ip },
      'caller went away',
    );
  });
}
