import { requestedByAnnotation, requestIdAnnotation } from '../../crds/labels.ts';
import { clusterStages, type ClusterStage } from '../../crds/types/clusterstage.ts';
import { AlreadyExistsError, InvalidError } from '../../kube/errors.ts';
import { isTrue } from '../../kube/conditions.ts';
import type { Caller } from '../auth/caller.ts';
import { Rights } from '../objects/rights.ts';
import type { ObjectLookup } from '../objects/lookup.ts';
import type { ObjectsOptions } from '../objects/options.ts';
import { patchObject } from '../objects/patch.ts';
import { inSpec, type AskedStage } from './body.ts';
import { storedData } from './data.ts';
import { notSet } from './errors.ts';

/** What a call to set a stage is made with. */
export interface SetStage {
  readonly asked: AskedStage;
  /** Name of the ClusterStage. */
  readonly name: string;
  readonly requestId: string;
}

/**
 * Asks for a stage in a caller's name: by a new ClusterStage, or by a change of the one that is there. What was asked
 * for already and is under way stays as it is, so that repeating a call does nothing twice.
 * @returns the ClusterStage, which a cache need not show yet
 * @throws StageError, AuthError, ServiceError, and what the client throws
 */
export async function setStage(
  caller: Caller,
  call: SetStage,
  lookup: ObjectLookup<ClusterStage>,
  options: ObjectsOptions<ClusterStage>,
): Promise<ClusterStage> {
  const { asked, name } = call;
  try {
    return await setOnce(caller, call, lookup, options);
  } catch (error) {
    if (!(error instanceof InvalidError)) throw error;
    const cause = error.status.details?.causes?.[0]?.message ?? error.status.message ?? '';
    throw notSet(asked.stage, asked.scope, `ClusterStage ${name} cannot be so: ${cause}`, { cause: error });
  }
}

async function setOnce(
  caller: Caller,
  { asked, name, requestId }: SetStage,
  lookup: ObjectLookup<ClusterStage>,
  options: ObjectsOptions<ClusterStage>,
): Promise<ClusterStage> {
  const { stage } = asked;
  const stored = storedData(asked.data);
  const found = await lookup.byName(caller, { name });
  const made = found === undefined ? await make(caller, { asked, name, requestId }, options) : undefined;
  if (made !== undefined) return made;
  const present = found?.object ?? (await options.clientOf(caller).get(clusterStages, { name }));
  const change = (current: ClusterStage) =>
    isUnderWay(current, stage, stored)
      ? undefined
      : { spec: { stage, data: null, dataFormat: null, ...stored, requestID: requestId } };
  const there = await patchObject(
    caller,
    present,
    { operation: 'setStage', requestId, change },
    options,
    lookup.recent,
  );
  if (!there) throw notSet(stage, asked.scope, `ClusterStage ${name} was deleted meanwhile: try again`);
  return lookup.recent.latest(present);
}

/** @returns undefined when somebody else was faster */
async function make(
  caller: Caller,
  { asked, name, requestId }: SetStage,
  { clientOf, authorizer, type }: ObjectsOptions<ClusterStage>,
): Promise<ClusterStage | undefined> {
  const { stage, data, scope } = asked;
  await new Rights(authorizer, type).demand(caller, { verb: 'create' });
  try {
    return await clientOf(caller).create(clusterStages, {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'ClusterStage',
      metadata: { name, annotations: { [requestedByAnnotation]: caller.user, [requestIdAnnotation]: requestId } },
      spec: {
        scope: inSpec[scope],
        stage,
        requestID: requestId,
        ...storedData(data),
      },
    });
  } catch (error) {
    if (error instanceof AlreadyExistsError) return undefined;
    throw error;
  }
}

/** The same was asked for, and has neither come to its end nor to a halt. */
function isUnderWay(
  { spec, status, metadata }: ClusterStage,
  stage: string,
  { data, dataFormat }: ReturnType<typeof storedData>,
): boolean {
  if (spec.stage !== stage || spec.data !== data || (spec.dataFormat ?? 'Text') !== (dataFormat ?? 'Text'))
    return false;
  // Nobody has looked at it since.
  if (status?.observedGeneration !== metadata.generation) return true;
  return status?.run?.completionTime === undefined && !isTrue(status?.conditions, 'Stalled');
}
