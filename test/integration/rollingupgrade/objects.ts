import type { AgentJob } from '../../../crds/types/agentjob.ts';
import type { RollingUpgrade, RollingUpgradeSpec } from '../../../crds/types/rollingupgrade.ts';

const number = '3427188';

/** An upgrade of these nodes, the machine of each being called as it is. */
export function upgradeOf(
  { name, namespace }: { readonly name: string; readonly namespace: string },
  nodes: readonly string[],
  endpoints: readonly string[],
  spec: Partial<RollingUpgradeSpec> = {},
): RollingUpgrade {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'RollingUpgrade',
    metadata: { name, namespace },
    spec: {
      serviceGroupInstanceNo: number,
      engine: { openSearch: { endpoints } },
      targetVersion: '2.9.0',
      members: {
        hosts: {
          nodes: nodes.map((node) => ({ name: node, host: node })),
          taskTemplate: { jobRef: { name: 'replace-opensearch' } },
        },
      },
      ...spec,
    },
  };
}

export function jobOf(namespace: string, content: string): AgentJob {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentJob',
    metadata: { name: 'replace-opensearch', namespace },
    spec: { content },
  };
}
