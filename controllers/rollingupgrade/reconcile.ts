import { rollingUpgrades, type RollingUpgrade } from '../../crds/types/rollingupgrade.ts';
import type { Clock } from '../../kube/clock.ts';
import type { EventRecorder } from '../../kube/events.ts';
import { keyOf } from '../../kube/objects.ts';
import { Reconciler } from '../../kube/reconciler.ts';
import { tellIntents } from '../shared/acting.ts';
import { ParentChangedError } from '../shared/children/acting.ts';
import { HostTakenError } from '../shared/hostclaims.ts';
import { act, type Hands } from './act.ts';
import type { Plan } from './intents.ts';
import type { UpgradeCounts } from './metrics.ts';
import { observe, type World } from './observe.ts';
import { isFinished } from './phases.ts';
import { plan } from './plan.ts';

/** What one pass works with. */
export interface Workplace extends World, Hands {
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly counts: UpgradeCounts;
}

/** Passes over RollingUpgrades: read, plan, act, one status patch. */
export function reconcilerOf(place: Workplace): Reconciler<RollingUpgrade, Plan> {
  const { upgrades, client, ownWrites, events, memories, engines } = place;
  const forget = (key: string): void => {
    memories.forget(key);
    engines.forget(key);
  };
  return new Reconciler<RollingUpgrade, Plan>({
    type: rollingUpgrades,
    store: upgrades,
    client,
    ownWrites,
    events,
    decide: async (upgrade) => plan(await observe(upgrade, place), place.clock.now()),
    act: async (upgrade, { intents, event }, pass) => {
      tellIntents(pass, intents);
      const left = await act(upgrade, intents, place);
      if (event?.reason === 'SettingLeft') place.counts.settingLeft();
      return left;
    },
    done: (upgrade) => {
      if (isFinished(upgrade)) engines.forget(keyOf(upgrade));
    },
    passing: [HostTakenError, ParentChangedError],
    gone: forget,
  });
}
