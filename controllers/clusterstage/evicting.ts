import { setTimeout } from 'node:timers/promises';

import type { Client } from '../../kube/client.ts';
import type { Clock } from '../../kube/clock.ts';
import { evictPod } from '../../kube/disruption.ts';
import { BudgetCounts } from './budgets.ts';
import { isExhausted } from './drain.ts';
import type { EvictIntent } from './intents.ts';
import type { EvictionMemory } from './memory.ts';
import type { World } from './observe.ts';
import type { PodView } from './pods.ts';

/** What evicting needs. */
export interface EvictingHands extends Pick<World, 'budgets' | 'pods'> {
  readonly client: Pick<Client, 'create'>;
  readonly clock: Clock;
  readonly evictions: EvictionMemory;
}

/** Milliseconds that a pass gives an eviction to be answered. */
const patience = 100;

/**
 * Asks that a pod goes, and notes what comes of it. The API server may take seconds for an eviction that meets others
 * of its budget: the pass does not wait for it, and what fails after that counts as refused.
 * @throws what the client throws when the API server has not decided
 */
export async function evict({ pod, gracePeriodSeconds }: EvictIntent, hands: EvictingHands): Promise<void> {
  const { client, evictions, clock } = hands;
  if (wasOvertaken(pod, hands)) return;
  evictions.begin(pod.uid);
  const nameReturns = pod.budgets.length > 0 && pod.nameReturns;
  const grace = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds };
  let waiting = true;
  const answered = evictPod(client, pod, { nameReturns, ...grace }).then(
    (answer) => evictions.note(pod.uid, answer, clock.now()),
    (error: unknown) => {
      evictions.forget(pod.uid);
      if (waiting) throw error;
      const message = error instanceof Error ? error.message : String(error);
      evictions.note(pod.uid, { answer: 'refused', lasting: false, message }, clock.now());
    },
  );
  await Promise.race([answered, setTimeout(patience, undefined, { ref: false })]);
  waiting = false;
}

/**
 * Where pods that nobody makes anew count as healthy, the API server would pass more of an owner's pods at once than
 * its budget allows: it is counted once more, with what other nodes and stages have begun since the pass looked.
 */
function wasOvertaken(pod: PodView, { evictions, budgets, pods }: EvictingHands): boolean {
  const [budget] = pod.budgets;
  const seen = pods.get(pod.key);
  if (seen === undefined || budget === undefined || budget.healthyOwned >= budget.healthy) return false;
  const counts = new BudgetCounts(budgets, pods, ({ metadata }) => evictions.isLeaving(metadata.uid));
  return isExhausted(pod, counts.of(seen));
}
