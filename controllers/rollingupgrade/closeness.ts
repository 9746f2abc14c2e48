import type { RollingUpgrade } from '../../crds/types/rollingupgrade.ts';

/** How closely the search cluster has to be looked at, which costs it something. */
export type Closeness = 'not' | 'membership' | 'snapshot' | 'placement' | 'preflight';

export function closenessFor(upgrade: RollingUpgrade): Closeness {
  const { metadata, status } = upgrade;
  const leaves = metadata.deletionTimestamp !== undefined || status?.ending !== undefined;
  // Only what was set is looked at, to put it back.
  if (leaves) return status?.allocation === undefined ? 'not' : 'membership';
  return status?.phase === 'Running' ? whileRunning(upgrade) : beforeStart(upgrade);
}

function beforeStart({ spec, status }: RollingUpgrade): Closeness {
  const open = status?.phase === undefined || status.phase === 'Pending';
  return open && spec.paused !== true && spec.stop !== true ? 'preflight' : 'not';
}

/** The one before the first node is still to come, or to be whole. */
function awaitsSnapshot({ status }: RollingUpgrade): boolean {
  return status?.snapshotTaken !== undefined && status.snapshotTaken.completionTime === undefined;
}

function whileRunning(upgrade: RollingUpgrade): Closeness {
  const { spec, status } = upgrade;
  switch (status?.current?.step) {
    case undefined:
      if (spec.paused === true || spec.stop === true) return 'membership';
      return awaitsSnapshot(upgrade) ? 'snapshot' : 'placement';
    case 'Freezing':
    case 'Settling':
      return 'placement';
    case 'Replacing':
      return 'not';
    case 'Returning':
    case 'Restoring':
    case 'Baking':
      return 'membership';
  }
}
