import { isTrue } from '../../kube/conditions.ts';
import type { Pod, Volume } from '../../kube/workloads.ts';
import { selects, type PodDisruptionBudget } from '../../kube/disruption.ts';
import { keyOf } from '../../kube/objects.ts';

/** A pod on a node, or on its way to it, as far as a drain cares. */
export interface PodView {
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly ready: boolean;
  /** It is being deleted, or its eviction was accepted. */
  readonly leaving: boolean;
  /** Something makes it anew when it goes. */
  readonly owned: boolean;
  readonly emptyDir: boolean;
  /** A later pod may have its name. */
  readonly nameReturns: boolean;
  readonly budgets: readonly BudgetView[];
}

/** A budget (PodDisruptionBudget) that selects a pod. */
export interface BudgetView {
  readonly key: string;
  readonly allowed: number;
  readonly desired: number;
  /** Healthy pods as the budget counts them. */
  readonly healthy: number;
  /** Of these only the ones that are made anew: pods that nobody makes anew must not count for those. */
  readonly healthyOwned: number;
  /** Why it will never let a pod go as it is; undefined when it may. */
  readonly never: string | undefined;
}

/** Kinds that give each of their pods a name of its own, at random. */
const namingAnew: ReadonlySet<string> = new Set(['ReplicaSet', 'ReplicationController', 'Job']);

const mirrorAnnotation = 'kubernetes.io/config.mirror';

/**
 * Whether the pod has to be away before a node is empty. What the node itself or a DaemonSet puts on it comes back at
 * once; what has finished needs the node no more.
 */
export function hasToGo({ metadata, status }: Pod): boolean {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  return (
    metadata.annotations?.[mirrorAnnotation] === undefined &&
    owner?.kind !== 'DaemonSet' &&
    status?.phase !== 'Succeeded' &&
    status?.phase !== 'Failed'
  );
}

/** What is kept of each pod of the cluster. */
export function slimPod({ metadata, spec, status }: Pod): Pod {
  const { annotations = {}, ...kept } = metadata;
  const mirror = annotations[mirrorAnnotation];
  const asking = (spec?.containers ?? []).filter(({ resources }) => resources?.requests?.['ephemeral-storage']);
  return {
    metadata: { ...kept, ...(mirror === undefined ? {} : { annotations: { [mirrorAnnotation]: mirror } }) },
    spec: {
      ...(spec?.nodeName === undefined ? {} : { nodeName: spec.nodeName }),
      volumes: (spec?.volumes ?? []).flatMap(slimVolume),
      containers: asking.map(({ name, resources = {} }) => ({ name, resources })),
    },
    status: {
      ...(status?.phase === undefined ? {} : { phase: status.phase }),
      ...(status?.nominatedNodeName === undefined ? {} : { nominatedNodeName: status.nominatedNodeName }),
      conditions: (status?.conditions ?? []).filter(({ type }) => type === 'Ready'),
    },
  };
}

function slimVolume(volume: Volume): readonly Volume[] {
  const { name, persistentVolumeClaim } = volume;
  if (persistentVolumeClaim !== undefined) return [{ name, persistentVolumeClaim }];
  if ('ephemeral' in volume) return [{ name, ephemeral: {} }];
  return 'emptyDir' in volume ? [{ name, emptyDir: {} }] : [];
}

/** @param leaving whether its eviction was accepted a moment ago, which the cache may not show yet */
export function viewOf(pod: Pod, budgets: readonly BudgetView[], leaving: boolean): PodView {
  const { namespace = '', name, uid = '', deletionTimestamp, ownerReferences } = pod.metadata;
  const owner = ownerReferences?.find(({ controller }) => controller === true);
  return {
    key: keyOf(pod),
    namespace,
    name,
    uid,
    ready: isTrue(pod.status?.conditions, 'Ready'),
    leaving: leaving || deletionTimestamp !== undefined,
    owned: owner !== undefined,
    nameReturns: !namingAnew.has(owner?.kind ?? ''),
    emptyDir: (pod.spec?.volumes ?? []).some((volume) => 'emptyDir' in volume),
    budgets,
  };
}

/** @param pods of the budget's namespace */
export function budgetView(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  isLeaving: (pod: Pod) => boolean,
): BudgetView {
  const { status = {} } = budget;
  const healthy = pods.filter(
    (pod) =>
      selects(budget.spec.selector, pod.metadata.labels ?? {}) &&
      isTrue(pod.status?.conditions, 'Ready') &&
      !isLeaving(pod),
  );
  return {
    key: keyOf(budget),
    allowed: status.disruptionsAllowed ?? 0,
    desired: status.desiredHealthy ?? 0,
    healthy: status.currentHealthy ?? 0,
    healthyOwned: healthy.filter(({ metadata }) =>
      metadata.ownerReferences?.some(({ controller }) => controller === true),
    ).length,
    never: neverOf(budget),
  };
}

/** The API server asks to wait ten seconds where a budget cannot be worked out, for ever: the budget itself says so. */
function neverOf({ spec, status = {} }: PodDisruptionBudget): string | undefined {
  const failed = status.conditions?.find(
    ({ type, status: value }) => type === 'DisruptionAllowed' && value === 'False',
  );
  if (failed?.reason === 'SyncFailed') return `cannot be worked out (${failed.message ?? 'SyncFailed'})`;
  if (spec.maxUnavailable === 0 || spec.maxUnavailable === '0%') return 'allows none to be away (maxUnavailable is 0)';
  const counted = typeof spec.minAvailable !== 'number';
  if (counted && status.expectedPods === 0 && (status.currentHealthy ?? 0) > 0)
    return 'counts in shares of a controller, and its pods have none';
  return undefined;
}
