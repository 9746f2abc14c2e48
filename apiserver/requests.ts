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

/** Adds to every answer its request's id and the headers that keep it out of caches, and to the log and the metrics one entry for each. */
export function followRequests(app: FastifyInstance, metrics: HttpMetrics): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-request-id': request.id, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    // A connection that is kept for a next request would hold up the end of the process.
    if (closing) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url;
    metrics.answered(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    const fields = { method: request.method, route: route ?? 'none', status: reply.statusCode, milliseconds: Math.round(reply.elapsedTime), remoteAddress: request.ip };
    // Whoever is not let in was logged by the guard, which knows when to fall silent.
    if (reply.statusCode === 401 || reply.statusCode === 429) request.log.debug(fields, 'request refused');
    else request.log.info(fields, 'request answered');
  });
  app.addHook('onRequestAbort', async (request) => {
    request.log.info({ method: request.method, route: request.routeOptions.url ?? 'none', remoteAddress: request.ip }, 'caller went away');
  });
}
