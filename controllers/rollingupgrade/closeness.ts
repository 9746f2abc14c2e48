import type { RollingUpgrade } from '../../crds/types/rollingupgrade.ts';

/** How closely the search cluster has to be looked at, which costs it something. */
export type Closeness = 'not' | 'membership' | 'placement' | 'preflight';

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

function whileRunning({ spec, status }: RollingUpgrade): Closeness {
  switch (status?.current?.step) {
    case undefined:
      return spec.paused === true || spec.stop === true ? 'membership' : 'placement';
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
