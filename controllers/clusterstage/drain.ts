import type { ClusterStageDrain } from '../../crds/types/clusterstage.ts';
import type { BudgetView, PodView } from './pods.ts';

/** Why a pod does not go now. */
export interface HoldUp {
  readonly pod: PodView;
  /** It will not go until somebody changes something. */
  readonly lasting: boolean;
  readonly message: string;
}

/** An eviction that was refused a short time ago. */
export interface Refusal {
  readonly lasting: boolean;
  readonly message: string;
}

/**
 * Milliseconds for which a node has to be cordoned. What the scheduler had on its way at the cordon is bound within
 * some 60 ms, and what waits for its volume is told of by `status.nominatedNodeName`.
 */
const settling = 1000;

/**
 * When a node may count as empty, and the API server is asked whether it is, in milliseconds since 1970.
 * @param since when the drain began, which is after the node's cordon was seen, RFC 3339 with milliseconds
 */
export function settledAt(since: string): number {
  return Date.parse(since) + settling;
}

/** What may be evicted in one pass, on whatever node; what is, is counted off. */
export interface Allowance {
  /** Evictions that may still be begun. */
  evictions: number;
  /** By budget, how many of its pods go in this pass already. */
  readonly spent: Map<string, number>;
}

/** Pods that the spec does not allow to be moved; the node is not touched while it has one. */
export function forbidden(pods: readonly PodView[], drain: ClusterStageDrain): readonly HoldUp[] {
  return pods
    .filter(({ leaving }) => !leaving)
    .flatMap((pod) => {
      if (!pod.owned && drain.force !== true)
        return [lasting(pod, `pod ${pod.key} is made anew by nobody: move it, or set spec.drain.force`)];
      if (pod.emptyDir && drain.deleteEmptyDirData !== true)
        return [
          lasting(pod, `pod ${pod.key} has data in an emptyDir volume: set spec.drain.deleteEmptyDirData to lose it`),
        ];
      return [];
    });
}

/**
 * What will keep a node from getting empty until somebody changes something, as far as can be told without asking:
 * it is said before the node is touched, since one that was cordoned for nothing would be in the way.
 */
export function lastingHoldUp(
  pods: readonly PodView[],
  drain: ClusterStageDrain,
  refused: ReadonlyMap<string, Refusal>,
): { readonly reason: string; readonly message: string } | undefined {
  const [notAllowed] = forbidden(pods, drain);
  if (notAllowed !== undefined) return { reason: 'PodsMayNotMove', message: notAllowed.message };
  const held = nextToGo(pods, refused).held.find((each) => each.lasting);
  return held === undefined ? undefined : { reason: 'DrainBlocked', message: held.message };
}

/**
 * Which of the pods go now, and what holds up the others, as far as can be told without asking. The API server counts
 * budgets by itself; what is asked for here stays below what it would allow where pods that nobody makes anew count as
 * healthy.
 * @param refused by UID, what the API server refused a short time ago
 * @param allowance absent: nothing is evicted, and it is only told what would be
 */
export function nextToGo(
  pods: readonly PodView[],
  refused: ReadonlyMap<string, Refusal>,
  allowance: Allowance = { evictions: Infinity, spent: new Map() },
): { readonly go: readonly PodView[]; readonly held: readonly HoldUp[] } {
  const go: PodView[] = [];
  const held: HoldUp[] = [];
  const { spent } = allowance;
  for (const pod of pods) {
    if (pod.leaving) continue;
    const [budget] = pod.budgets;
    const reason = holdUpOf(pod, refused.get(pod.uid), spent.get(budget?.key ?? '') ?? 0);
    if (reason !== undefined) held.push(reason);
    else if (allowance.evictions > 0) {
      go.push(pod);
      allowance.evictions -= 1;
      if (budget !== undefined && pod.ready) spent.set(budget.key, (spent.get(budget.key) ?? 0) + 1);
    }
  }
  return { go, held };
}

/** @param spent how many of the budget's pods go in this pass already */
function holdUpOf(pod: PodView, refused: Refusal | undefined, spent: number): HoldUp | undefined {
  const [budget, ...others] = pod.budgets;
  if (others.length > 0) {
    const names = pod.budgets.map(({ key }) => key).join(' and ');
    return lasting(
      pod,
      `pod ${pod.key} is selected by several PodDisruptionBudgets, ${names}: leave it to one of them`,
    );
  }
  if (budget?.never !== undefined)
    return lasting(pod, `pod ${pod.key} is held by PodDisruptionBudget ${budget.key}, which ${budget.never}`);
  if (refused !== undefined) return { pod, lasting: refused.lasting, message: `pod ${pod.key}: ${refused.message}` };
  // A pod that is not healthy may go by rules of its own, which the API server knows.
  if (budget === undefined || !pod.ready) return undefined;
  const allowed = allowedBy(budget, pod) - spent;
  return allowed > 0 ? undefined : { pod, lasting: false, message: heldText(pod, budget, spent) };
}

/** Pods that nobody makes anew count as healthy for the budget, and would let all the others go at once. */
function allowedBy({ allowed, desired, healthyOwned }: BudgetView, { owned }: PodView): number {
  return owned ? Math.min(allowed, healthyOwned - desired) : allowed;
}

/** Whether a budget that let the pod go a moment ago has come to its end since. @param budgets as they are now */
export function isExhausted(pod: PodView, [budget]: readonly BudgetView[]): boolean {
  return budget !== undefined && pod.ready && pod.owned && budget.healthyOwned <= budget.desired;
}

function heldText(pod: PodView, { key, allowed, desired, healthy, healthyOwned }: BudgetView, spent: number): string {
  if (spent > 0) return `pod ${pod.key} waits for others of PodDisruptionBudget ${key}`;
  const count =
    allowed > 0
      ? `only ${healthyOwned} of ${healthy} healthy pods are made anew when they go, ${desired} needed`
      : `${allowed} disruptions allowed, ${healthy} healthy, ${desired} needed`;
  return `pod ${pod.key} is held by PodDisruptionBudget ${key} (${count})`;
}

function lasting(pod: PodView, message: string): HoldUp {
  return { pod, lasting: true, message };
}
