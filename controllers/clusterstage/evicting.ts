import type { ClusterStage } from '../../crds/types/clusterstage.ts';
import type { Client } from '../../kube/client.ts';
import type { Clock } from '../../kube/clock.ts';
import { evictPod, type EvictionAnswer } from '../../kube/disruption.ts';
import { keyOf } from '../../kube/objects.ts';
import type { Pod } from '../../kube/workloads.ts';
import { BudgetCounts } from './budgets.ts';
import { isExhausted } from './drain.ts';
import type { EvictionTurns } from './eviction-turns.ts';
import type { EvictIntent } from './intents.ts';
import type { EvictionMemory } from './memory.ts';
import type { World } from './observe.ts';
import type { PodView } from './pods.ts';

/** What evicting needs. */
export interface EvictingHands extends Pick<World, 'budgets' | 'pods' | 'stages'> {
  readonly client: Pick<Client, 'create'>;
  readonly clock: Clock;
  readonly evictions: EvictionMemory;
  readonly evictionTurns: EvictionTurns;
}

/**
 * Asks that a pod goes. No pass waits for it, since the API server may take seconds for an eviction that meets others
 * of its budget: what comes of it is noted in `evictions`, and a failure counts as a refusal. One whose turn comes when
 * the stage was paused, changed or deleted meanwhile is left to the next pass.
 */
export function evict(stage: ClusterStage, { pod, gracePeriodSeconds }: EvictIntent, hands: EvictingHands): void {
  const { client, evictions, evictionTurns, clock } = hands;
  const seen = hands.pods.get(pod.key);
  if (seen?.metadata.uid !== pod.uid || wasOvertaken(pod, seen, hands)) return;
  evictions.begin(pod.uid);
  const nameReturns = pod.budgets.length > 0 && pod.nameReturns;
  const grace = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds };
  void evictionTurns
    .take(pod.budgets[0]?.key, async () =>
      isAsOfPass(stage, hands) ? evictPod(client, pod, { nameReturns, ...grace }) : 'withdrawn',
    )
    .catch((error: unknown): EvictionAnswer => {
      const message = error instanceof Error ? error.message : String(error);
      return { answer: 'refused', lasting: false, message };
    })
    .then((answer) => evictions.note(pod.uid, answer, clock.now()));
}

/** Whether the stage is as the pass that decided saw it: a change and a deletion make another generation of it. */
function isAsOfPass(stage: ClusterStage, { stages }: Pick<EvictingHands, 'stages'>): boolean {
  const now = stages.get(keyOf(stage))?.metadata;
  return now?.uid === stage.metadata.uid && now?.generation === stage.metadata.generation;
}

/**
 * Where pods that nobody makes anew count as healthy, the API server would pass more of an owner's pods at once than
 * its budget allows: it is counted once more, with what other nodes and stages have begun since the pass looked.
 */
function wasOvertaken(pod: PodView, seen: Pod, { evictions, budgets, pods }: EvictingHands): boolean {
  const [budget] = pod.budgets;
  if (budget === undefined || budget.healthyOwned >= budget.healthy) return false;
  const counts = new BudgetCounts(budgets, pods, ({ metadata }) => evictions.isLeaving(metadata.uid));
  return isExhausted(pod, counts.of(seen));
}
