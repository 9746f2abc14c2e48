import type { WorkloadCondition } from './workloads.ts';
import type { Client } from './client.ts';
import {
  ApiError,
  BudgetError,
  ConflictError,
  ForbiddenError,
  hasCause,
  InvalidError,
  NotFoundError,
} from './errors.ts';
import type { KubeObject, LabelSelector, ObjectKey, ResourceType } from './objects.ts';

/** policy/v1, as far as it is used here. */
export interface PodDisruptionBudget extends KubeObject {
  readonly spec: {
    readonly selector?: LabelSelector | null;
    readonly minAvailable?: number | string;
    readonly maxUnavailable?: number | string;
  };
  readonly status?: {
    readonly disruptionsAllowed?: number;
    readonly currentHealthy?: number;
    readonly desiredHealthy?: number;
    readonly expectedPods?: number;
    readonly observedGeneration?: number;
    readonly conditions?: readonly WorkloadCondition[];
  };
}

export interface Eviction extends KubeObject {
  readonly deleteOptions?: {
    readonly dryRun?: readonly string[];
    readonly gracePeriodSeconds?: number;
    readonly preconditions?: { readonly uid?: string };
  };
}

export const podDisruptionBudgets: ResourceType<PodDisruptionBudget> = {
  group: 'policy',
  version: 'v1',
  plural: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
  namespaced: true,
};

/**
 * The name is that of the pod. The API server counts a budget by writing it; an eviction that meets another write of it
 * is tried again by the server itself, after half a second, up to twenty times.
 */
export const evictions: ResourceType<Eviction> = {
  group: '',
  version: 'v1',
  plural: 'pods',
  kind: 'Eviction',
  namespaced: true,
  subresource: 'eviction',
  slow: true,
};

/** @returns whether the labels are selected; none are by an absent selector, all by an empty one */
export function selects(selector: LabelSelector | null | undefined, labels: Readonly<Record<string, string>>): boolean {
  if (selector === undefined || selector === null) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const listed = value !== undefined && (values ?? []).includes(value);
      return operator === 'NotIn' ? !listed : listed;
    })
  );
}

/** What became of the wish that a pod goes. */
export type EvictionAnswer =
  /** It is being deleted; it goes when its containers have ended. */
  | { readonly answer: 'accepted' }
  | { readonly answer: 'gone' }
  /** `lasting`: it will be refused until somebody changes something. */
  | { readonly answer: 'refused'; readonly lasting: boolean; readonly message: string };

/**
 * Evicts this very pod, not a later one of its name. An eviction whose precondition does not hold is refused (409), and
 * spends a unit of the budget for two minutes all the same: where a later pod may have the name, a dry run asks first,
 * which spends nothing.
 * @param nameReturns whether the pod has a budget, and a name that may be given again
 * @param gracePeriodSeconds for it to end; its own when absent
 * @throws what the client throws when the API server has not decided
 */
export async function evictPod(
  client: Pick<Client, 'create'>,
  pod: ObjectKey & { readonly uid: string },
  { nameReturns, gracePeriodSeconds }: { readonly nameReturns: boolean; readonly gracePeriodSeconds?: number },
): Promise<EvictionAnswer> {
  const asked = nameReturns ? await tryEviction(client, pod) : undefined;
  if (asked !== undefined && asked.answer !== 'accepted') return asked;
  return ask(client, pod, gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds });
}

/**
 * Asks what an eviction of this very pod would come to at this moment. It is one question about one pod: several that
 * could go may still not go together.
 * @throws what the client throws when the API server has not decided
 */
export async function tryEviction(
  client: Pick<Client, 'create'>,
  pod: ObjectKey & { readonly uid: string },
): Promise<EvictionAnswer> {
  return ask(client, pod, { dryRun: ['All'] });
}

async function ask(
  client: Pick<Client, 'create'>,
  { namespace = '', name, uid }: ObjectKey & { readonly uid: string },
  options: Omit<NonNullable<Eviction['deleteOptions']>, 'preconditions'>,
): Promise<EvictionAnswer> {
  try {
    await client.create(evictions, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { namespace, name },
      deleteOptions: { preconditions: { uid }, ...options },
    });
    return { answer: 'accepted' };
  } catch (error) {
    const answer = answerTo(error);
    if (answer === undefined) throw error;
    return answer;
  }
}

/** @returns undefined for a failure that decides nothing */
function answerTo(error: unknown): EvictionAnswer | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const message = error.status.message ?? error.message;
  if (error instanceof NotFoundError || error instanceof ConflictError) return { answer: 'gone' };
  if (error instanceof BudgetError) return { answer: 'refused', lasting: false, message };
  // A server error by its status, but it is the pod that cannot be evicted.
  if (error.httpStatus === 500 && message.includes('more than one PodDisruptionBudget'))
    return { answer: 'refused', lasting: true, message };
  if (error instanceof ForbiddenError)
    return { answer: 'refused', lasting: !hasCause(error.status, 'NamespaceTerminating'), message };
  // What a policy refuses, unless it names another reason.
  return error instanceof InvalidError ? { answer: 'refused', lasting: true, message } : undefined;
}
