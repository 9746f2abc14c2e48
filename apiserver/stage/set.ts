import { clusterStageName, requestedByAnnotation, requestIdAnnotation } from '../../crds/labels.ts';
import { clusterStages, type ClusterStage } from '../../crds/types/clusterstage.ts';
import { AlreadyExistsError, InvalidError } from '../../kube/errors.ts';
import { findCondition } from '../../kube/conditions.ts';
import type { Caller } from '../auth/caller.ts';
import { Rights } from '../objects/rights.ts';
import type { ObjectLookup } from '../objects/lookup.ts';
import type { ObjectsOptions } from '../objects/options.ts';
import { patchObject } from '../objects/patch.ts';
import type { AskedStage } from './body.ts';
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
 * @throws StageError, AuthError, ServiceError, and what the client throws
 */
export async function setStage(
  caller: Caller,
  call: SetStage,
  lookup: ObjectLookup<ClusterStage>,
  options: ObjectsOptions<ClusterStage>,
): Promise<void> {
  const { asked, name } = call;
  try {
    await setOnce(caller, call, lookup, options);
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
): Promise<void> {
  const { stage, data } = asked;
  const found = await lookup.byName(caller, { name });
  if (found === undefined && (await make(caller, { asked, name, requestId }, options))) return;
  const present = found?.object ?? (await options.clientOf(caller).get(clusterStages, { name }));
  const change = (current: ClusterStage) =>
    isUnderWay(current, stage, data) ? undefined : { spec: { stage, data: data ?? null, requestID: requestId } };
  const there = await patchObject(
    caller,
    present,
    { operation: 'setStage', requestId, change },
    options,
    lookup.recent,
  );
  if (!there) throw notSet(stage, asked.scope, `ClusterStage ${name} was deleted meanwhile: try again`);
}

/** @returns false when somebody else was faster */
async function make(
  caller: Caller,
  { asked, name, requestId }: SetStage,
  { clientOf, authorizer, type }: ObjectsOptions<ClusterStage>,
): Promise<boolean> {
  const { stage, data, scope } = asked;
  await new Rights(authorizer, type).demand(caller, { verb: 'create' });
  try {
    await clientOf(caller).create(clusterStages, {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'ClusterStage',
      metadata: { name, annotations: { [requestedByAnnotation]: caller.user, [requestIdAnnotation]: requestId } },
      spec: {
        scope: scope === 'cluster' ? 'Cluster' : 'Node',
        stage,
        requestID: requestId,
        ...(data === undefined ? {} : { data }),
      },
    });
    return true;
  } catch (error) {
    if (error instanceof AlreadyExistsError) return false;
    throw error;
  }
}

/** The same was asked for, and has neither come to its end nor to a halt. */
function isUnderWay({ spec, status, metadata }: ClusterStage, stage: string, data: string | undefined): boolean {
  if (spec.stage !== stage || spec.data !== data) return false;
  // Nobody has looked at it since.
  if (status?.observedGeneration !== metadata.generation) return true;
  const stalled = findCondition(status?.conditions, 'Stalled')?.status === 'True';
  return status?.run?.completionTime === undefined && !stalled;
}

/** The name of the ClusterStage that a call is about. */
export function nameFor(scope: AskedStage['scope'], node: () => string): string {
  return scope === 'cluster' ? clusterStageName : node();
}
