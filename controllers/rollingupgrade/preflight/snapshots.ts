import type { RollingUpgrade, RollingUpgradeSnapshot } from '../../../crds/types/rollingupgrade.ts';
import type { SnapshotFacts } from '../engine/engine.ts';
import { error, warning, type Finding, type Preflight } from './finding.ts';

/** The one way back there is: nothing takes a node to an older version. */
export function checkSnapshots({ spec }: RollingUpgrade, { survey, now }: Preflight): readonly Finding[] {
  const { snapshot } = spec;
  if (snapshot === undefined)
    return [
      warning(
        'Snapshot',
        'no snapshot is asked for, and nothing else leads back to the old version',
        'name a repository in spec.snapshot',
      ),
    ];
  const { repository, requireWithinSeconds, take } = snapshot;
  const { snapshots } = survey;
  if (snapshots === undefined)
    return [
      error(
        'Snapshot',
        `there is no snapshot repository ${repository}`,
        'register it, or correct spec.snapshot.repository',
      ),
    ];
  if (requireWithinSeconds === undefined || take === true || isYoungEnough(snapshot, snapshots.latest, now)) return [];
  const within = snapshots.latest === undefined ? '' : ` within the last ${requireWithinSeconds} s`;
  const message = `no snapshot in repository ${repository} has succeeded${within}`;
  return [error('Snapshot', `${message} (spec.snapshot.requireWithinSeconds)`, 'take one, or set spec.snapshot.take')];
}

/** @returns whether the latest snapshot is one to go by; where no age is asked for, none is */
export function isYoungEnough(
  { requireWithinSeconds }: RollingUpgradeSnapshot,
  latest: SnapshotFacts | undefined,
  now: Date,
): boolean {
  if (requireWithinSeconds === undefined || latest === undefined) return false;
  return now.getTime() - latest.ended.getTime() <= requireWithinSeconds * 1000;
}
