import { clusterStages, type ClusterStage } from '../../crds/types/clusterstage.ts';
import type { EventRecorder } from '../../kube/events.ts';
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
    passing: [HostTakenError, NodeChangedError, ParentChangedError],
    gone: (key) => memories.forget(key),
  });
}
