import type { FastifyInstance, FastifyRequest } from 'fastify';

import { clusterStageName } from '../../crds/labels.ts';
import { stagesOf } from '../../crds/stages.ts';
import type { ClusterStage } from '../../crds/types/clusterstage.ts';
import type { Node } from '../../kube/builtin.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { Caller } from '../auth/caller.ts';
import { guardCalls, type Guard } from '../auth/guard.ts';
import { takeJsonBodies } from '../http/json-bodies.ts';
import { takeOnly } from '../http/methods.ts';
import { ObjectLookup } from '../objects/lookup.ts';
import type { ObjectsOptions } from '../objects/options.ts';
import { TurnedAwayError } from '../turned-away.ts';
import { done, failed, type StageAnswer } from './answers.ts';
import { argumentOf, readScope, readStage, type Asked } from './body.ts';
import { StageError, type StageCall } from './errors.ts';
import { failureOf } from './failures.ts';
import { nodeOf } from './nodes.ts';
import { infoEntity, stageEntity, stageInfo, type StageInfo } from './report.ts';
import { stageSchemas } from './schemas.ts';
import { nameFor, setStage } from './set.ts';

export interface StageApiOptions extends ObjectsOptions<ClusterStage> {
  readonly guard: Guard;
  readonly nodes: ReadStore<Node>;
  readonly clusterName: string;
  readonly node: string | undefined;
}

const calls: readonly StageCall[] = ['set', 'get', 'list', 'info'];
/** Bytes: no call has more to say. */
const bodyLimit = 65_536;

/**
 * The stage API as a Fastify plugin: POST /cluster/stage/set, /get, /list and /info, as its document says. See
 * docs/rest/stage.md.
 */
export async function stagePlugin(app: FastifyInstance, options: StageApiOptions): Promise<void> {
  guardCalls(app, options.guard);
  takeJsonBodies(app, options.guard);
  answerFailures(app);
  const lookup = new ObjectLookup(options);
  /** The caller may see it, since he has asked for the ClusterStage of it before. */
  const info = (): StageInfo => stageInfo([...options.cache.list()].map((stage) => lookup.recent.latest(stage)));
  const nameOf = (request: FastifyRequest, { scope, node }: Asked): string =>
    nameFor(scope, () => nodeOf(node, request.headers.host, options.node, options.nodes));

  const call = (name: StageCall, handler: (request: FastifyRequest, caller: Caller) => Promise<StageAnswer>): void => {
    const url = `/cluster/stage/${name}`;
    app.post(url, { bodyLimit, attachValidation: true, schema: stageSchemas[name] }, async (request) =>
      handler(request, callerOf(request)),
    );
    takeOnly(app, url, ['POST'], (message) => failed(name, message));
  };

  call('set', async (request, caller) => {
    const asked = readStage(argumentOf(request.body, 'set'));
    const { stage, scope, data = '' } = asked;
    const name = nameOf(request, asked);
    await setStage(caller, { asked, name, requestId: request.id }, lookup, options);
    request.log.info({ name, stage, user: caller.user }, 'stage asked for');
    return done('set', `Setting the stage has succeeded: ${scope}: ${stage}`, [{ stage, data }], info());
  });
  call('get', async (request, caller) => {
    const name = nameOf(request, readScope(argumentOf(request.body, 'get')));
    const found = await lookup.byName(caller, { name });
    return done('get', 'Getting the stage has succeeded', [stageEntity(found?.object)], info());
  });
  call('list', async (request, caller) => {
    const { scope } = readScope(argumentOf(request.body, 'list'));
    await lookup.byName(caller, { name: clusterStageName });
    const listed = stagesOf(scope === 'cluster' ? 'Cluster' : 'Node');
    return done('list', 'Getting the stage list has succeeded', listed, info());
  });
  call('info', async (request, caller) => {
    argumentOf(request.body, 'info');
    const found = await lookup.byName(caller, { name: clusterStageName });
    const entity = infoEntity(found?.object, options.clusterName);
    return done('info', 'Getting the stage info has succeeded', [entity], info());
  });
}

/** The guard has let him in, or no handler would run. */
function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new Error('the guard of the stage API lets requests pass without a caller');
  return caller;
}

function answerFailures(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error, request.id);
    if (failure.httpStatus >= 500 && isOperators(error, request)) request.log.error({ err: error }, 'call failed');
    if (failure.retryAfter !== undefined) reply.header('retry-after', failure.retryAfter);
    // Fastify would close the connection while a caller still sends a large body.
    reply.removeHeader('connection');
    const name = calls.find((each) => request.routeOptions.url === `/cluster/stage/${each}`) ?? 'get';
    return reply.code(failure.httpStatus).send(failed(name, failure.message));
  });
}

/** What is turned away before any call is done is counted, and told by who turns it away. */
function isOperators(error: unknown, { raw }: FastifyRequest): boolean {
  return !raw.readableAborted && !(error instanceof TurnedAwayError) && !(error instanceof StageError);
}
