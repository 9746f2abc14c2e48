import type { RollingUpgrade } from '../../../crds/types/rollingupgrade.ts';
import { error, warning, type Finding, type Preflight } from './finding.ts';

/** The one way back there is: nothing takes a node to an older version. */
export function checkSnapshots({ spec }: RollingUpgrade, { survey, now }: Preflight): readonly Finding[] {
  const { repository, requireWithinSeconds } = spec.snapshot ?? {};
  if (repository === undefined)
    return [
      warning(
        'Snapshot',
        'no snapshot is asked for, and nothing else leads back to the old version',
        'name a repository in spec.snapshot',
      ),
    ];
  if (requireWithinSeconds === undefined) return [];
  const { latestSnapshot } = survey;
  const within = `within the last ${requireWithinSeconds} s (spec.snapshot.requireWithinSeconds)`;
  if (latestSnapshot === undefined)
    return [error('Snapshot', `no snapshot in repository ${repository} has succeeded`, 'take one')];
  const age = now.getTime() - latestSnapshot.ended.getTime();
  return age <= requireWithinSeconds * 1000
    ? []
    : [error('Snapshot', `no snapshot in repository ${repository} has succeeded ${within}`, 'take one')];
}
