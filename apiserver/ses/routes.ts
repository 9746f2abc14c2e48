import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Caller } from '../auth/caller.ts';
import { guardCalls, type Guard } from '../auth/guard.ts';
import { takeJsonBodies } from '../http/json-bodies.ts';
import { bodyLimit, numberIn } from './body.ts';
import { failureOf, gatewayFailure, serviceAnswer, type Failure } from './failures.ts';
import { progressOf } from './report.ts';
import { progressSchema } from './schemas.ts';
import { UpgradeLookup, type UpgradesOptions } from './upgrades.ts';

export interface SesApiOptions extends UpgradesOptions {
  readonly guard: Guard;
  readonly timeZone: string;
}

/** The beginnings of the paths, one for each region of the original, with how they are called in the description. */
const regions = { '/api/v2': '', '/api/sgn-v2': 'Sgn', '/api/jpn-v2': 'Jpn' } as const;

/** The progress API of search clusters as a Fastify plugin: see docs/rest/ses.md. */
export async function sesPlugin(app: FastifyInstance, options: SesApiOptions): Promise<void> {
  const lookup = new UpgradeLookup(options);
  guardCalls(app, options.guard);
  takeJsonBodies(app, options.guard);
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error, request.id);
    if (failure.httpStatus >= 500) request.log.error({ err: error }, 'call failed');
    return send(reply, failure, request);
  });
  for (const [path, region] of Object.entries(regions)) {
    const url = `${path}/cluster/getRollingUpgradeProgress`;
    app.post(url, { bodyLimit, attachValidation: true, schema: progressSchema(region) }, async (request) => {
      const upgrade = await lookup.latest(callerOf(request), numberIn(request));
      return serviceAnswer(0, 'SUCCESS', progressOf(upgrade, options.timeZone), request.id);
    });
    // A wrong method is no route of the gateway, as a wrong path is none.
    const unknown = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
      send(reply, gatewayFailure('notFound', 'URL not found.'), request);
    const others = app.supportedMethods.filter((method) => method !== 'POST');
    app.route({ method: others, url, schema: { hide: true }, onRequest: unknown, handler: unknown });
    app.route({
      method: app.supportedMethods,
      url: `${path}/*`,
      schema: { hide: true },
      onRequest: unknown,
      handler: unknown,
    });
  }
}

function send(reply: FastifyReply, { httpStatus, body, retryAfter }: Failure, { id }: FastifyRequest): FastifyReply {
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  if (httpStatus === 401) reply.header('www-authenticate', 'Bearer');
  // Fastify would close the connection while a caller still sends a large body.
  reply.removeHeader('connection');
  return reply.code(httpStatus).header('x-ncp-trace-id', id).send(body);
}

/** The guard has let him in, or no handler would run. */
function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new Error('the guard of the ses API lets requests pass without a caller');
  return caller;
}
