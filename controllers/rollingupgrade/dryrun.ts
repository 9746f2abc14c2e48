import type { RollingUpgrade } from '../../crds/types/rollingupgrade.ts';
import { truncate } from '../../kube/conditions.ts';
import type { ClusterLook } from './engine/engine.ts';
import { hostsOf } from './indexers.ts';
import { nodesToDo } from './order.ts';
import { taskName } from './task.ts';

/** What an upgrade would do, step by step, for people. */
export function describe(upgrade: RollingUpgrade, look: ClusterLook): readonly string[] {
  const { spec } = upgrade;
  const { nodes, taskTemplate } = spec.members.hosts;
  const todo = nodesToDo(upgrade, look);
  const hosts = hostsOf(upgrade);
  const before = look.allocation.persistent ?? 'not set';
  return [
    `claim ${hosts.length} machines: ${hosts.join(', ')}`,
    ...todo.map((node) => {
      const host = nodes.find(({ name }) => name === node.name)?.host ?? '';
      const last = node.name === look.manager ? ', the elected manager' : '';
      const task = `AgentTask ${taskName(upgrade, node.name)} with AgentJob ${taskTemplate.jobRef.name}`;
      return `upgrade node ${node.name} (${node.version}${last}) on ${host} to ${spec.targetVersion} by ${task}`;
    }),
    `on each node: set cluster.routing.allocation.enable (${before}) to primaries, flush, replace the software, ` +
      'wait until the node is back, put the setting back, wait until every copy of every shard is where it can be',
  ].map((step) => truncate(step, 512));
}
