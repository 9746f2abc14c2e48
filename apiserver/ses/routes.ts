import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';

import type { Caller } from '../auth/caller.ts';
import { guardCalls, type Guard } from '../auth/guard.ts';
import { takeJsonBodies } from '../http/json-bodies.ts';
import { bodyLimit, numberIn, numberInPath, targetIn } from './body.ts';
import { clusterInfo, clusterNodes, clusterPage, versionList } from './cluster-report.ts';
import { versionsIn } from './clusters.ts';
import { failureOf, gatewayFailure, serviceAnswer, type Failure } from './failures.ts';
import { pageIn } from './page.ts';
import { progressOf } from './report.ts';
import { sesSchema, type SesCall } from './schemas.ts';
import { Starts, type Order } from './starts.ts';
import { UpgradeLookup, type UpgradesOptions } from './upgrades.ts';

export interface SesApiOptions extends UpgradesOptions {
  readonly guard: Guard;
  readonly timeZone: string;
  /** Those that can be asked for, as 2.9.0; undefined: any. */
  readonly versions: readonly string[] | undefined;
  /** Milliseconds for which a call waits until the controllers have looked at a cluster. */
  readonly patience: number;
}

/** The beginnings of the paths, one for each region of the original, with how they are called in the description. */
const regions = { '/api/v2': '', '/api/sgn-v2': 'Sgn', '/api/jpn-v2': 'Jpn' } as const;

/** A call: how it is made, and what is answered as its result. */
interface Call {
  readonly method: 'GET' | 'POST';
  /** Behind its name. */
  readonly path?: string;
  readonly result: (request: FastifyRequest, caller: Caller) => Promise<object | boolean>;
}

/** The API of search clusters as a Fastify plugin: see docs/rest/ses.md. */
export async function sesPlugin(app: FastifyInstance, options: SesApiOptions): Promise<void> {
  const calls = callsOf(app, options);
  guardCalls(app, options.guard);
  takeJsonBodies(app, options.guard);
  // What is sent is read by hand, to be told of in the API's own words.
  app.setValidatorCompiler(() => () => true);
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error, request.id);
    if (failure.httpStatus >= 500) request.log.error({ err: error }, 'call failed');
    return send(reply, failure, request);
  });
  const refuse = (method: HTTPMethods[], url: string): void => {
    app.route({ method, url, schema: { hide: true }, onRequest: unknown, handler: unknown });
  };
  for (const [prefix, region] of Object.entries(regions)) {
    for (const [name, { method, path = '', result }] of entriesOf(calls)) {
      const url = `${prefix}/cluster/${name}${path}`;
      const schema = sesSchema(name, region);
      app.route({
        method,
        url,
        bodyLimit,
        schema,
        handler: async (request) => {
          return serviceAnswer(0, 'SUCCESS', await result(request, callerOf(request)), request.id);
        },
      });
      refuse(
        app.supportedMethods.filter((other) => other !== method),
        url,
      );
    }
    refuse([...app.supportedMethods], `${prefix}/*`);
  }
}

function callsOf(app: FastifyInstance, options: SesApiOptions): Readonly<Record<SesCall, Call>> {
  const { timeZone, versions } = options;
  const lookup = new UpgradeLookup(options);
  const starts = new Starts(options, lookup);
  app.addHook('preClose', (done) => {
    starts.close();
    done();
  });
  const orderIn = (request: FastifyRequest): Order => ({
    number: numberIn(request),
    version: targetIn(request, versions),
    requestId: request.id,
  });
  return {
    getRollingUpgradeProgress: {
      method: 'POST',
      result: async (request, caller) => progressOf(await lookup.latest(caller, numberIn(request)), timeZone),
    },
    rollingUpgradePreCheck: {
      method: 'POST',
      async result(request, caller) {
        await starts.check(caller, orderIn(request));
        return true;
      },
    },
    rollingUpgradeCluster: {
      method: 'POST',
      async result(request, caller) {
        const order = orderIn(request);
        await starts.begin(caller, order);
        request.log.info({ cluster: order.number, version: order.version, user: caller.user }, 'upgrade asked for');
        return true;
      },
    },
    getClusterInfoList: {
      method: 'GET',
      async result(request, caller) {
        const page = pageIn(request);
        return clusterPage(await lookup.clusters(caller), page, timeZone);
      },
    },
    getClusterInfo: {
      method: 'GET',
      path: '/:serviceGroupInstanceNo',
      result: async (request, caller) =>
        clusterInfo(await lookup.demandCluster(caller, numberInPath(request)), timeZone),
    },
    getClusterNodeList: {
      method: 'GET',
      path: '/:serviceGroupInstanceNo',
      result: async (request, caller) =>
        clusterNodes(await lookup.demandCluster(caller, numberInPath(request)), timeZone),
    },
    getSearchEngineVersionList: {
      method: 'GET',
      result: async (_, caller) => versionList(versions ?? versionsIn(await lookup.clusters(caller))),
    },
  };
}

function entriesOf(calls: Readonly<Record<SesCall, Call>>): readonly (readonly [SesCall, Call])[] {
  return Object.entries(calls) as [SesCall, Call][];
}

/** A wrong method is no route of the gateway, as a wrong path is none. */
async function unknown(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  return send(reply, gatewayFailure('notFound', 'URL not found.'), request);
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
