import type { AgentTask } from '../../crds/types/agenttask.ts';
import { rollingUpgrades, type RollingUpgrade } from '../../crds/types/rollingupgrade.ts';
import { childMetadata, nameOfChild } from '../shared/children/naming.ts';
import type { WantedTask } from './intents.ts';

/** Name of the task of a node; always the same. */
export function taskName(upgrade: RollingUpgrade, node: string): string {
  return nameOfChild(upgrade, upgrade.spec.members.hosts.nodes.findIndex(({ name }) => name === node) + 1);
}

/**
 * The task that replaces the software of one node, as it is created. It works under the upgrade's claim on the machine.
 */
export function taskOf(upgrade: RollingUpgrade, { name, node }: WantedTask): AgentTask {
  const { nodes, taskTemplate } = upgrade.spec.members.hosts;
  const { variables, ...work } = taskTemplate;
  const host = nodes.find((each) => each.name === node)?.host ?? '';
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: childMetadata(upgrade, rollingUpgrades, { name }),
    spec: {
      ...work,
      hosts: [host],
      variables: { ...variables, opensearch_version: upgrade.spec.targetVersion, opensearch_node: node },
    },
  };
}
