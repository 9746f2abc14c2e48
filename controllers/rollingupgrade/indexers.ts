import { canonicalHost } from '../../crds/hosts.ts';
import type { RollingUpgrade } from '../../crds/types/rollingupgrade.ts';
import { findCondition } from '../../kube/conditions.ts';
import { claimReasons } from '../shared/claim-steps.ts';

const turns: ReadonlySet<string> = new Set(Object.values(claimReasons));

/**
 * `waiting`: upgrades that only wait for their turn, by each machine they want; `number`: by the number of their
 * cluster; `cluster`: by the identity that it was seen with; `job`: by `namespace/name` of the AgentJob they name.
 */
export const upgradeIndexers = {
  waiting: (upgrade: RollingUpgrade) =>
    waitsForTurn(upgrade) ? [...new Set(hostsOf(upgrade).map(canonicalHost))] : [],
  number: ({ spec }: RollingUpgrade) => [spec.serviceGroupInstanceNo],
  cluster: ({ status }: RollingUpgrade) => (status?.clusterUUID === undefined ? [] : [status.clusterUUID]),
  job: ({ metadata, spec }: RollingUpgrade) => [`${metadata.namespace}/${spec.members.hosts.taskTemplate.jobRef.name}`],
};

export function hostsOf({ spec }: RollingUpgrade): readonly string[] {
  return [...new Set(spec.members.hosts.nodes.map(({ host }) => host))];
}

function waitsForTurn({ metadata, status }: RollingUpgrade): boolean {
  const { reason = '' } = findCondition(status?.conditions, 'Ready') ?? {};
  return turns.has(reason) && metadata.deletionTimestamp === undefined;
}
