import { clusterStages, type ClusterStage } from '../../crds/types/clusterstage.ts';
import type { EventRecorder } from '../../kube/events.ts';
import { keyOf } from '../../kube/objects.ts';
import { Reconciler } from '../../kube/reconciler.ts';
import { tellIntents } from '../shared/acting.ts';
import { ParentChangedError } from '../shared/children/acting.ts';
import { HostTakenError } from '../shared/hostclaims.ts';
import { act, NodeChangedError, type Hands } from './act.ts';
import type { Plan } from './intents.ts';
import { observe, type World } from './observe.ts';
import { plan } from './plan.ts';

/** What one pass works with. */
export interface Workplace extends World, Hands {
  readonly events: EventRecorder;
}

/** Fewer nodes make a status so small that it may be written as often as there is news. */
const few = 50;

/**
 * @returns milliseconds until a pass over the stage may be made: a status of a thousand nodes is written once a second
 * at most, a larger one still less often
 */
export function restOf(key: string, { stages, memories, clock }: Workplace): number {
  const stage = stages.get(key);
  const nodes = stage?.status?.progress?.nodes?.length ?? 0;
  if (stage === undefined || nodes < few) return 0;
  const { reportedAt } = memories.of(key, stage.metadata.uid ?? '');
  return reportedAt === undefined ? 0 : reportedAt.getTime() + nodes - clock.now().getTime();
}

/** Passes over ClusterStages: read, plan, act, one status patch. */
export function reconcilerOf(place: Workplace): Reconciler<ClusterStage, Plan> {
  const { stages, client, ownWrites, events, clock, memories } = place;
  return new Reconciler<ClusterStage, Plan>({
    type: clusterStages,
    store: stages,
    client,
    ownWrites,
    events,
    decide: async (stage) => {
      const now = clock.now();
      return plan(await observe(stage, now, place), now);
    },
    act: async (stage, { intents }, pass) => {
      tellIntents(pass, intents);
      return act(stage, intents, place);
    },
    done: ({ metadata }, _, reported) => {
      if (reported) memories.of(keyOf({ metadata }), metadata.uid ?? '').reportedAt = clock.now();
    },
    passing: [HostTakenError, NodeChangedError, ParentChangedError],
    gone: (key) => memories.forget(key),
  });
}
