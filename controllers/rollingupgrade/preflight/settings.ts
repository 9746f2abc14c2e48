import type { RollingUpgrade } from '../../../crds/types/rollingupgrade.ts';
import { foreignAllocation } from '../allocation.ts';
import { error, named, warning, type Finding, type Preflight } from './finding.ts';

/** Who has set this is at work on the cluster himself, or has forgotten to put it back. */
export function checkSettings(_: RollingUpgrade, { look }: Preflight): readonly Finding[] {
  const { allocation, steering } = look;
  const foreign = foreignAllocation(allocation);
  return [
    ...(foreign === undefined ? [] : [error('Settings', foreign, fixOf('cluster.routing.allocation.enable'))]),
    ...steering.map((setting) => {
      const [scope = '', text = ''] = setting.split(' ');
      const what = `the cluster setting ${setting} steers shards`;
      const fix = fixOf(text.split('=')[0] ?? '');
      return scope === 'transient'
        ? error('Settings', `${what}, and is not ours`, fix)
        : warning('Settings', what, fix);
    }),
  ];
}

function fixOf(key: string): string {
  return `take it away: PUT _cluster/settings with null for ${key} in its scope`;
}

/** What an older version has left behind: with it OpenSearch refuses every change of a setting, ours too. */
export function checkArchived(_: RollingUpgrade, { look }: Preflight): readonly Finding[] {
  if (look.archived.length === 0) return [];
  const names = named(look.archived);
  const what = `settings that this version does not know keep every other one from being changed: ${names}`;
  return [error('ArchivedSettings', what, 'PUT _cluster/settings with null for archived.* in both scopes')];
}

/** A manager that has no vote is missing when the next one is away. */
export function checkVotingExclusions(_: RollingUpgrade, { survey }: Preflight): readonly Finding[] {
  const { votingExclusions } = survey;
  if (votingExclusions.length === 0) return [];
  const what = `nodes are kept from voting for a manager: ${named(votingExclusions)}`;
  const fix = 'DELETE _cluster/voting_config_exclusions?wait_for_removal=false, once nobody needs them';
  return [error('VotingExclusions', what, fix)];
}
