import type { RollingUpgrade } from '../../../crds/types/rollingupgrade.ts';
import { checkDisks } from './disks.ts';
import { isError, type Check, type Finding, type Preflight } from './finding.ts';
import { checkAutoExpand, checkIndexSettings, checkIndexVersions, checkReplicas } from './indices.ts';
import { checkCounts, checkHealth, checkMembers, checkVersions } from './nodes.ts';
import { checkPlugins } from './plugins.ts';
import { checkArchived, checkSettings, checkVotingExclusions } from './settings.ts';
import { checkSnapshots } from './snapshots.ts';

const checks: readonly Check[] = [
  checkHealth,
  checkVersions,
  checkIndexVersions,
  checkMembers,
  checkCounts,
  checkDisks,
  checkSettings,
  checkArchived,
  checkVotingExclusions,
  checkReplicas,
  checkIndexSettings,
  checkSnapshots,
  checkAutoExpand,
  checkPlugins,
];

/** As many as the definition allows. */
const most = 64;

/** @returns everything that stands against the upgrade, the gravest first */
export function findingsOf(upgrade: RollingUpgrade, preflight: Preflight): readonly Finding[] {
  const all = checks.flatMap((check) => check(upgrade, preflight));
  return [...all.filter(isError), ...all.filter((each) => !isError(each))].slice(0, most);
}
