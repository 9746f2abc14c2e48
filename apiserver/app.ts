import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyReply } from 'fastify';

import { dispatchApi, type DispatchApiOptions } from './dispatch/routes.ts';
import type { HttpMetrics } from './metrics.ts';
import { followRequests, requestId } from './requests.ts';

export interface AppOptions {
  readonly log: FastifyBaseLogger;
  readonly metrics: HttpMetrics;
  readonly dispatch: DispatchApiOptions;
}

/** A caller who sends a byte a minute must not hold a connection for long. Milliseconds for a whole request. */
const requestTimeout = 30_000;

/** Builds the facade without listening; tests call it by `inject`. Each documented API is a plugin with errors of its own form. */
export async function buildApp({ log, metrics, dispatch }: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestId,
    requestTimeout,
    exposeHeadRoutes: false,
    // What arrives on an open connection while the process ends is still answered, and the connection closed behind it.
    return503OnClosing: false,
    // A text where a list belongs is an error to name, not one to make good by guessing.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allowUnionTypes: true } },
    frameworkErrors(error, _request, reply) {
      refuse(reply, error.statusCode ?? 400, error.message);
    },
  });
  followRequests(app, metrics);
  app.setNotFoundHandler((request, reply) => refuse(reply, 404, `there is no call ${request.method} ${path(request.url)}: see the documentation of the REST APIs for the paths and methods`));
  app.setErrorHandler((error, request, reply) => {
    request.log.error({ err: error }, 'request failed');
    return refuse(reply, 500, `the request failed: the operator finds the reason in the log under ${request.id}`);
  });
  await app.register(dispatchApi, dispatch);
  return app;
}

/** For what belongs to none of the documented APIs. */
function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ code: -1, message });
}

function path(url: string): string {
  return (url.split('?')[0] ?? '').slice(0, 200);
}
