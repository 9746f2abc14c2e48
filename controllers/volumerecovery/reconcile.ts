import { volumeRecoveries, type VolumeRecovery } from '../../crds/types/volumerecovery.ts';
import type { StorageZone } from '../../crds/types/storagezone.ts';
import type { EventRecorder } from '../../kube/events.ts';
import { Reconciler } from '../../kube/reconciler.ts';
import { tellIntents } from '../shared/acting.ts';
import type { StorageDriver } from '../shared/storage/driver.ts';
import { act, type Hands } from './act.ts';
import type { Plan } from './intents.ts';
import { observe, type World } from './observe.ts';
import { plan } from './plan.ts';
import { failed } from './reports.ts';

/** What one pass works with. */
export interface Workplace extends World, Hands {
  readonly events: EventRecorder;
  readonly zoneOf: (zone: StorageZone) => StorageDriver | undefined;
}

/** Passes over VolumeRecoveries: read, plan, act, one status patch. */
export function reconcilerOf(place: Workplace): Reconciler<VolumeRecovery, Plan> {
  const { recoveries, client, ownWrites, events, clock } = place;
  return new Reconciler<VolumeRecovery, Plan>({
    type: volumeRecoveries,
    store: recoveries,
    client,
    ownWrites,
    events,
    decide: async (recovery) => plan(await observe(recovery, place, clock.now()), clock.now()),
    giveUp: (recovery, { reason, message }) => failed(recovery, clock.now(), reason, message),
    act: async (recovery, { intents }, pass) => {
      tellIntents(pass, intents);
      return act(recovery, intents, place);
    },
  });
}
