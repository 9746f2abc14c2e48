import type { RollingUpgrade, RollingUpgradeCurrent } from '../../crds/types/rollingupgrade.ts';
import { freeze, nextNode } from './beginning.ts';
import { beginEnding } from './ending.ts';
import { anotherCluster } from './another-cluster.ts';
import type { Plan } from './intents.ts';
import type { Observed, Seen } from './observe.ts';
import { isRunning } from './phases.ts';
import { replace } from './replace.ts';
import { hidden, underWay } from './reports.ts';
import { waitForReturn } from './returning.ts';
import { bake, restore, settle } from './settling.ts';

/** One node after the other: the part of the plan that is followed once the upgrade has begun. */
export function roll(observed: Observed, now: Date): Plan | undefined {
  const { upgrade, sight } = observed;
  if (!isRunning(upgrade)) return undefined;
  const { current } = upgrade.status ?? {};
  if (current?.step === 'Replacing') return replace(observed, current, now);
  if (current === undefined && upgrade.spec.stop === true)
    return beginEnding(upgrade, now, { phase: 'Stopped', reason: 'Stopped', message: 'stopped on request' });
  if (sight.is === 'hidden') return hidden(upgrade, now, sight.trouble);
  if (sight.is === 'not asked') return underWay(upgrade, now, 'Running', 'the cluster is looked at');
  const other = anotherCluster(upgrade, sight.look);
  if (other !== undefined) return hidden(upgrade, now, other);
  return current === undefined ? nextNode(upgrade, sight, now) : goOn(upgrade, current, current.step, sight, now);
}

function goOn(
  upgrade: RollingUpgrade,
  current: RollingUpgradeCurrent,
  step: Exclude<RollingUpgradeCurrent['step'], 'Replacing'>,
  sight: Seen,
  now: Date,
): Plan {
  switch (step) {
    case 'Freezing':
      return freeze(upgrade, current, sight, now);
    case 'Returning':
      return waitForReturn(upgrade, current, sight.look, now);
    case 'Restoring':
      return restore(upgrade, current, sight.look, now);
    case 'Settling':
      return settle(upgrade, current, sight, now);
    case 'Baking':
      return bake(upgrade, current, sight.look, now);
  }
}
