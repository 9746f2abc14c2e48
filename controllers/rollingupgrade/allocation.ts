import type { RollingUpgradeAllocation } from '../../crds/types/rollingupgrade.ts';
import { isSet, putBack, type Present, type Undo } from '../shared/undo.ts';
import type { AllocationSetting } from './engine/engine.ts';
import type { EngineIntent } from './intents.ts';

/*
 * The setting by which shards are told to stay while a node is away. It is recorded in the status before it is changed,
 * and put back on every way out; what somebody else has changed since is left to him.
 */

const frozen = 'primaries';
const field = 'persistent';

/** @returns what to record before the setting is changed */
export function recordOfSetting({ persistent }: AllocationSetting): RollingUpgradeAllocation {
  return persistent === undefined ? {} : { persistent };
}

/** @returns what somebody else has set so that shards could not be placed; undefined: nothing */
export function foreignAllocation({ persistent, transient }: AllocationSetting): string | undefined {
  const setting = 'cluster setting cluster.routing.allocation.enable';
  if (transient !== undefined) return `the transient ${setting} is ${transient}, and would win over the upgrade's`;
  if (persistent !== undefined && persistent.toLowerCase() !== 'all')
    return `the persistent ${setting} is ${persistent}, so that not all shards are placed`;
  return undefined;
}

/** Whether shards stay where they are; a transient value would win. */
export function isFrozen({ persistent, transient }: AllocationSetting): boolean {
  return transient === undefined && isSet(undoOf({}), presentOf(persistent === undefined ? {} : { persistent }));
}

/** Whether nothing of ours is left of it. */
export function isRestored(recorded: RollingUpgradeAllocation, present: AllocationSetting): boolean {
  return Object.keys(putBack(undoOf(recorded), presentOf(present))).length === 0;
}

/** @returns what puts it back; nothing where that is done */
export function restored(
  recorded: RollingUpgradeAllocation,
  present: AllocationSetting,
  because: string,
): readonly EngineIntent[] {
  return isRestored(recorded, present) ? [] : [{ do: 'setAllocation', value: recorded.persistent, because }];
}

function undoOf({ persistent }: RollingUpgradeAllocation): Undo {
  return { [field]: { before: persistent ?? null, set: frozen } };
}

function presentOf({ persistent }: AllocationSetting): Present {
  return persistent === undefined ? {} : { [field]: persistent };
}
