import type { FastifyInstance, FastifyRequest } from 'fastify';

import { clusterStageName } from '../../crds/labels.ts';
import { stagesOf } from '../../crds/stages.ts';
import type { ClusterStage } from '../../crds/types/clusterstage.ts';
import type { Node } from '../../kube/builtin.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { ApiMode } from '../api.ts';
import type { Caller } from '../auth/caller.ts';
import { guardCalls, type Guard } from '../auth/guard.ts';
import { takeJsonBodies } from '../http/json-bodies.ts';
import { takeOnly } from '../http/methods.ts';
import type { ObjectsOptions } from '../objects/options.ts';
import { ObjectLookup } from '../objects/lookup.ts';
import { TurnedAwayError } from '../turned-away.ts';
import { inSpec, readScope, readStage, type Fields } from './body.ts';
import { documented } from './documented.ts';
import { StageError, stageCalls, type StageCall } from './errors.ts';
import { failureOf } from './failures.ts';
import type { Done, Mode } from './mode.ts';
import { original } from './original.ts';
import { infoEntity, stageEntity } from './report.ts';
import { setStage } from './set.ts';
import { StageView } from './view.ts';

export interface StageApiOptions extends ObjectsOptions<ClusterStage> {
  readonly guard: Guard;
  readonly nodes: ReadStore<Node>;
  readonly mode: ApiMode;
  readonly clusterName: string;
  readonly node: string | undefined;
}

const modes = { documented, original };
/** Bytes: no call has more to say. */
const bodyLimit = 65_536;

/** What was asked for and how it stands, without what every answer has. */
interface Handled extends Omit<Done, 'call' | 'info'> {
  /** The ClusterStage that the call was about. */
  readonly found: ClusterStage | undefined;
}

/**
 * The stage API as a Fastify plugin: POST /cluster/stage/set, /get, /list and /info, in original mode under /api. See
 * docs/rest/stage.md.
 */
export async function stagePlugin(app: FastifyInstance, options: StageApiOptions): Promise<void> {
  const mode = modes[options.mode];
  const lookup = new ObjectLookup(options);
  const view = new StageView(options, lookup, mode);
  guardCalls(app, options.guard);
  takeJsonBodies(app, options.guard, (request) => mode.readsNothing(callOf(request)));
  // Data may be a text, an object or null; answers are written as they are.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  answerFailures(app, mode, view);

  const call = (
    name: StageCall,
    handler: (fields: Fields, caller: Caller, request: FastifyRequest) => Promise<Handled>,
  ): void => {
    const url = `${mode.prefix}/cluster/stage/${name}`;
    app.post(url, { bodyLimit, attachValidation: true, schema: mode.schemas[name] }, async (request) => {
      const { found, ...handled } = await handler(mode.fields(request.body, name), callerOf(request), request);
      // The caller may see it, since he has asked for the ClusterStage of it before.
      return mode.done({ ...handled, call: name, info: view.info(found) }, request);
    });
    takeOnly(app, url, ['POST'], async (message, request) => {
      const see = async () => view.seenBy(request, name);
      return (await mode.failed({ call: name, request, error: undefined, trouble: { httpStatus: 405, message }, see }))
        .body;
    });
  };

  call('set', async (fields, caller, request) => {
    const asked = readStage(fields, mode);
    const { stage, scope, data = '' } = asked;
    const name = view.nameOf(request, asked);
    const found = await setStage(caller, { asked, name, requestId: request.id }, lookup, options);
    request.log.info({ name, stage, user: caller.user }, 'stage asked for');
    return { stage, scope, entity: { stage, data }, found };
  });
  call('get', async (fields, caller, request) => {
    const name = view.nameOf(request, readScope(fields, mode));
    const found = await lookup.byName(caller, { name });
    return { entity: stageEntity(found?.object), found: found?.object };
  });
  call('list', async (fields, caller) => {
    const { scope } = readScope(fields, mode);
    const found = await lookup.byName(caller, { name: clusterStageName });
    return { entity: stagesOf(inSpec[scope]), found: found?.object };
  });
  call('info', async (_, caller) => {
    const found = await lookup.byName(caller, { name: clusterStageName });
    return { entity: infoEntity(found?.object, options.clusterName, mode.capacity), found: found?.object };
  });
}

/** The guard has let him in, or no handler would run. */
function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new Error('the guard of the stage API lets requests pass without a caller');
  return caller;
}

function callOf({ routeOptions: { url = '' } }: FastifyRequest): StageCall {
  return stageCalls.find((name) => url.endsWith(`/cluster/stage/${name}`)) ?? 'get';
}

function answerFailures(app: FastifyInstance, mode: Mode, view: StageView): void {
  app.setErrorHandler(async (error, request, reply) => {
    const trouble = failureOf(error, request.id);
    if (trouble.httpStatus >= 500 && isOperators(error, request)) request.log.error({ err: error }, 'call failed');
    if (trouble.retryAfter !== undefined) reply.header('retry-after', trouble.retryAfter);
    // Fastify would close the connection while a caller still sends a large body.
    reply.removeHeader('connection');
    const call = callOf(request);
    const see = async () => view.seenBy(request, call);
    const failed = { call, request, error: error instanceof StageError ? error : undefined, trouble, see };
    const { httpStatus, body } = await mode.failed(failed);
    if (httpStatus === 401) reply.header('www-authenticate', 'Bearer');
    return reply.code(httpStatus).send(body);
  });
}

/** What is turned away before any call is done is counted, and told by who turns it away. */
function isOperators(error: unknown, { raw }: FastifyRequest): boolean {
  return !raw.readableAborted && !(error instanceof TurnedAwayError) && !(error instanceof StageError);
}
