import type { ServerOptions } from 'node:http';

import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyServerFactory,
} from 'fastify';

import type { ServedApi } from './api.ts';
import { answerExpectations, answerUnreadable } from './client-errors.ts';
import { isFastifyError } from './fastify-error.ts';
import { limitRequests, standardLimits, type Limits } from './limits.ts';
import type { HttpMetrics } from './metrics.ts';
import { serveDescription } from './openapi/plugin.ts';
import { followRequests, requestId } from './requests.ts';
import { securityHeaders } from './security-headers.ts';
import type { TlsListener } from './tls/listener.ts';
import { TurnedAwayError } from './turned-away.ts';

export interface AppOptions {
  readonly log: FastifyBaseLogger;
  readonly metrics: HttpMetrics;
  readonly apis: readonly ServedApi[];
  readonly limits?: Partial<Limits>;
  /** Serves HTTPS by it; undefined: HTTP. */
  readonly tls?: TlsListener | undefined;
}

/**
 * A caller who sends a byte a minute must not hold a connection for long. Milliseconds for a whole request, and for its
 * headers alone.
 */
const requestTimeout = 30_000;
const headersTimeout = 10_000;
/** Milliseconds for which a connection is kept open for the next request. */
const keepAliveTimeout = 72_000;

const server = {
  requestTimeout,
  headersTimeout,
  keepAliveTimeout,
  // Looked at by a hook, which answers in our form.
  requireHostHeader: false,
  // How often the two time-outs are looked at; Node's own half a minute would triple them.
  connectionsCheckingInterval: 2000,
} satisfies ServerOptions;
/** Each connection costs memory and a file descriptor, of which the calls to the API server need some too. */
const maxConnections = 4000;

/**
 * Builds the facade without listening; tests call it by `inject`. Each documented API is a plugin with errors of its
 * own form.
 */
export async function buildApp({ log, metrics, apis, limits, tls }: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestId,
    requestTimeout,
    keepAliveTimeout,
    ...serverOf(tls),
    clientErrorHandler: answerUnreadable,
    exposeHeadRoutes: false,
    // What arrives on an open connection while the process ends is still answered, and the connection closed behind it.
    return503OnClosing: false,
    // A text where a list belongs is an error to name, not one to make good by guessing.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allowUnionTypes: true } },
    frameworkErrors(error, _request, reply) {
      refuse(reply, error.statusCode ?? 400, error.message);
    },
  });
  app.server.maxConnections = maxConnections;
  answerExpectations(app.server);
  // Each API brings its own; what is sent to none of them is not looked into.
  app.removeAllContentTypeParsers();
  app.decorateRequest('caller', null);
  app.decorateRequest('rawBody', null);
  followRequests(app, metrics, await securityHeaders(tls !== undefined));
  app.addHook('onRequest', (request, reply, done) => {
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1')
      refuse(reply.header('connection', 'close'), 400, 'the header Host is missing, which HTTP/1.1 requires');
    else done();
  });
  await limitRequests(app, { ...standardLimits, ...limits }, metrics);
  const rateLimited = app.hasDecorator('rateLimit') ? { preHandler: app.rateLimit() } : {};
  app.setNotFoundHandler(rateLimited, (request, reply) =>
    refuse(
      reply,
      404,
      `there is no call ${request.method} ${path(request.url)}: see /docs/ for the paths and methods that there are`,
    ),
  );
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof TurnedAwayError) {
      if (error.retryAfter !== undefined) reply.header('retry-after', error.retryAfter);
      return refuse(reply, error.httpStatus, error.message);
    }
    if (isFastifyError(error) && error.statusCode !== undefined && error.statusCode < 500)
      return refuse(reply, error.statusCode, error.message);
    request.log.error({ err: error }, 'request failed');
    return refuse(reply, 500, `the request failed: the operator finds the reason in the log under ${request.id}`);
  });
  await serveDescription(
    app,
    apis.map(({ description }) => description),
  );
  for (const { plugin } of apis) await app.register(plugin);
  return app;
}

/** The same limits hold with TLS and without. */
function serverOf(
  tls: TlsListener | undefined,
): { readonly http: ServerOptions } | { readonly serverFactory: FastifyServerFactory } {
  return tls === undefined ? { http: server } : { serverFactory: (handler) => tls.create(server, handler) };
}

/** For what belongs to none of the documented APIs. */
function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ code: -1, message });
}

function path(url: string): string {
  return (url.split('?')[0] ?? '').slice(0, 200);
}
