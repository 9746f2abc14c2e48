import type { RollingUpgrade } from '../../crds/types/rollingupgrade.ts';
import { truncate } from '../../kube/conditions.ts';
import { pointsOf } from './confirming.ts';
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
  const points = pointsOf(upgrade, todo);
  const bake = spec.rollout?.bakeSeconds ?? 0;
  const last = bake === 0 ? '' : `, let it run for ${bake} s`;
  return [
    `claim ${hosts.length} machines: ${hosts.join(', ')}`,
    ...todo.flatMap((node, index) => {
      const host = nodes.find(({ name }) => name === node.name)?.host ?? '';
      const elected = node.name === look.manager ? ', the elected manager' : '';
      const task = `AgentTask ${taskName(upgrade, node.name)} with AgentJob ${taskTemplate.jobRef.name}`;
      const point = points[index];
      return [
        ...(point === undefined ? [] : [`wait for spec.confirm (${point})`]),
        `upgrade node ${node.name} (${node.version}${elected}) on ${host} to ${spec.targetVersion} by ${task}`,
      ];
    }),
    `on each node: set cluster.routing.allocation.enable (${before}) to primaries, flush, replace the software, ` +
      `wait until the node is back, put the setting back, wait until every copy of every shard is where it can be${last}`,
  ].map((step) => truncate(step, 512));
}
