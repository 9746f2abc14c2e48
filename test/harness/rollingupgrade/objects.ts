import type { AgentJob } from '../../../crds/types/agentjob.ts';
import type { RollingUpgrade, RollingUpgradeSpec } from '../../../crds/types/rollingupgrade.ts';

const jobName = 'replace-opensearch';

export const job: AgentJob = {
  apiVersion: 'fleetwright.io/v1alpha1',
  kind: 'AgentJob',
  metadata: { namespace: 'default', name: jobName },
  spec: { content: '- ansible.builtin.ping:\n' },
};

/** An upgrade as a user writes it. @param nodes names; the machine of each is `<name>-host` */
export function rollingUpgrade(
  name: string,
  nodes: readonly string[],
  spec: Partial<RollingUpgradeSpec> = {},
): RollingUpgrade {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'RollingUpgrade',
    metadata: { namespace: 'default', name },
    spec: {
      serviceGroupInstanceNo: '3427188',
      engine: { openSearch: { endpoints: ['http://search:9200'] } },
      targetVersion: '2.9.0',
      members: {
        hosts: {
          nodes: nodes.map((node) => ({ name: node, host: `${node}-host` })),
          taskTemplate: { jobRef: { name: jobName } },
        },
      },
      ...spec,
    },
  };
}
