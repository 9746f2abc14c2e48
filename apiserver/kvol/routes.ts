import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { StorageZone } from '../../crds/types/storagezone.ts';
import { storageZones } from '../../crds/types/storagezone.ts';
import { volumeRecoveries, type VolumeRecovery } from '../../crds/types/volumerecovery.ts';
import { listAll } from '../../kube/client.ts';
import type { ReadStore } from '../../kube/store.ts';
import { guardCalls } from '../auth/guard.ts';
import type { Caller } from '../auth/caller.ts';
import { takeOnly } from '../http/methods.ts';
import { ObjectCreator, type Ids } from '../objects/create.ts';
import type { ObjectsOptions } from '../objects/options.ts';
import { Rights } from '../objects/rights.ts';
import { failureOf, isOperators } from './failures.ts';
import type { KvolGuards } from './guards.ts';
import { ParameterError, Parameters } from './parameters.ts';
import { draftOf, rowsOf, ways, type Way } from './recoveries.ts';
import { schemas } from './schemas.ts';
import { tokenLasts } from './token.ts';
import { demandType, listed, shown, typeIn } from './zones.ts';

export interface KvolApiOptions extends Pick<ObjectsOptions<VolumeRecovery>, 'clientOf' | 'authorizer' | 'cache'> {
  readonly guards: KvolGuards;
  readonly ids: Ids;
  readonly zones: Pick<ReadStore<StorageZone>, 'get'>;
  readonly namespace: string;
}

type Answer = object | undefined;

/**
 * The kvol API as a Fastify plugin: GET /api/token, and six calls under /api/kvol. Two of them begin something, as the
 * document has it; a HEAD request is none of them.
 */
export async function kvolPlugin(app: FastifyInstance, options: KvolApiOptions): Promise<void> {
  const { guards } = options;
  app.decorateRequest('kvolKey', null);
  // Parameters are read by hand, to be told of in the API's own words.
  app.setValidatorCompiler(() => () => true);
  answerFailures(app);
  await app.register(async (scope) => {
    guardCalls(scope, guards.token);
    const url = '/api/token';
    scope.get(url, { schema: schemas.token }, async (request, reply) => {
      return once(reply, { token: guards.tokenFor(request), expires: tokenLasts });
    });
    takeOnly(scope, url, ['GET'], failed);
  });
  await app.register(async (scope) => {
    guardCalls(scope, guards.calls);
    addCalls(scope, options);
  });
}

function addCalls(app: FastifyInstance, options: KvolApiOptions): void {
  const { zones, namespace, authorizer, clientOf, ids } = options;
  const objects = new ObjectCreator({ ...options, type: volumeRecoveries }, ids);
  const recoveryRights = new Rights(authorizer, volumeRecoveries);
  const zoneRights = new Rights(authorizer, storageZones);

  const call = (
    name: keyof typeof schemas,
    handler: (parameters: Parameters, caller: Caller, request: FastifyRequest) => Promise<Answer>,
  ): void => {
    const url = `/api/kvol/${name}`;
    app.get(url, { schema: schemas[name] }, async (request, reply) =>
      once(reply, await handler(new Parameters(request), callerOf(request), request)),
    );
    takeOnly(app, url, ['GET'], failed);
  };

  call('list', async (parameters, caller) => {
    const zone = parameters.zone('zone');
    const typeID = parameters.id('volume-type-id');
    await zoneRights.demand(caller, { verb: 'list' });
    return unlessEmpty('backup', (typeIn(zones, zone, typeID)?.backups ?? []).map(listed));
  });
  call('show', async (parameters, caller) => {
    const zone = parameters.zone('src-zone');
    const typeID = parameters.id('src-volume-type-id');
    const to = parameters.optionalZone('dst-zone');
    await zoneRights.demand(caller, { verb: 'list' });
    const type = typeIn(zones, zone, typeID);
    const backups = (type?.backups ?? []).filter((backup) => to === undefined || backup.zone === to);
    return unlessEmpty('backup-detail', type === undefined ? [] : backups.map((backup) => shown(zone, type, backup)));
  });

  const order = (way: Way): void => {
    call(way, async (parameters, caller, request) => {
      const draft = draftOf(way, parameters, { namespace, user: caller.user, requestId: request.id });
      // Before anything is said of zones, which whoever may recover volumes may know.
      await recoveryRights.demand(caller, { verb: 'create', namespace });
      const { source, destination } = draft.spec;
      demandType(zones, 'src', source.zone, source.volumeTypeID);
      demandType(zones, 'dst', destination.zone, destination.volumeTypeID);
      if (source.zone === destination.zone)
        throw new ParameterError('dst-zone', 'is the zone that the volume comes from: name another one');
      const rowkey = await objects.create(caller, draft);
      request.log.info({ rowkey, user: caller.user }, 'recovery created');
      return { message: ways[way].message, rowkey };
    });
    call(`${way}list`, async (parameters, caller) => {
      const wanted = { rowKey: parameters.rowKey(), limit: parameters.limit() };
      const recoveries: VolumeRecovery[] = [];
      // From the API server, in the caller's name: what he has just asked for is in it.
      await listAll(clientOf(caller), volumeRecoveries, { namespace, limit: 500 }, (items, restarted) => {
        if (restarted) recoveries.length = 0;
        recoveries.push(...items);
      });
      return unlessEmpty('clist', rowsOf(way, recoveries, wanted));
    });
  };
  order('create');
  order('recovery');
}

/** @returns undefined, which is answered with 204 and no body, for no data */
function unlessEmpty(name: string, rows: readonly object[]): Answer {
  return rows.length === 0 ? undefined : { [name]: rows };
}

/** Two of these calls begin something: no answer may come from anywhere but here. */
function once(reply: FastifyReply, answer: Answer): FastifyReply {
  reply.header('cache-control', 'no-store');
  return answer === undefined ? reply.code(204).send() : reply.send(answer);
}

/** The guard has let him in, or no handler would run. */
function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new Error('the guard of the kvol API lets requests pass without a caller');
  return caller;
}

function answerFailures(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error, request.id);
    if (isOperators(error, failure)) request.log.error({ err: error }, 'call failed');
    if (failure.retryAfter !== undefined) reply.header('retry-after', failure.retryAfter);
    if (failure.httpStatus === 401) reply.header('www-authenticate', 'Basic realm="kvol"');
    return reply.code(failure.httpStatus).send(failed(failure.message));
  });
}

function failed(message: string): object {
  return { message };
}
