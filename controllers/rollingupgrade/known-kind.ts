import { rollingUpgrades, type RollingUpgrade } from '../../crds/types/rollingupgrade.ts';
import type { ReadStore } from '../../kube/store.ts';
import { leavesOrphans } from '../shared/children/naming.ts';
import type { KnownKind } from '../shared/known-kinds.ts';
import { isFinished } from './phases.ts';

/** What other kinds have to know of RollingUpgrades. @param store indexed as upgradeIndexers say */
export function rollingUpgradeKind(
  store: ReadStore<RollingUpgrade>,
  wake: (key: string) => void,
): KnownKind<RollingUpgrade> {
  return {
    type: rollingUpgrades,
    store,
    hasEnded: isFinished,
    isOver,
    waitingFor: (name) => store.byIndex('waiting', name),
    waitsSince,
    letsIn: () => true,
    madeBy: () => [],
    wake,
  };
}

/** Nothing that it made may begin any more; what has begun goes on to its end. */
export function isOver(upgrade: RollingUpgrade): boolean {
  const { metadata, spec } = upgrade;
  return (
    isFinished(upgrade) || spec.stop === true || (metadata.deletionTimestamp !== undefined && !leavesOrphans(upgrade))
  );
}

/** An upgrade wants to start from its creation on. */
export function waitsSince({ metadata }: RollingUpgrade): string {
  return metadata.creationTimestamp ?? '';
}
