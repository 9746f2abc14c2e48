import type { RollingUpgrade } from '../../crds/types/rollingupgrade.ts';
import { truncate } from '../../kube/conditions.ts';
import { pointsOf } from './confirming.ts';
import { hostsOf } from './indexers.ts';
import type { Seen } from './observe.ts';
import { nodesToDo } from './order.ts';
import { snapshotToTake } from './snapshot.ts';
import { taskName } from './task.ts';

/** What an upgrade would do, step by step, for people. */
export function describe(upgrade: RollingUpgrade, sight: Seen, now: Date): readonly string[] {
  const { spec } = upgrade;
  const { look } = sight;
  const { snapshotTaken: snapshot } = snapshotToTake({ upgrade, sight }, now);
  const { nodes, taskTemplate } = spec.members.hosts;
  const todo = nodesToDo(upgrade, look);
  const hosts = hostsOf(upgrade);
  const before = look.allocation.persistent ?? 'not set';
  const points = pointsOf(upgrade, todo);
  const bake = spec.rollout?.bakeSeconds ?? 0;
  const last = bake === 0 ? '' : `, let it run for ${bake} s`;
  return [
    `claim ${hosts.length} machines: ${hosts.join(', ')}`,
    ...(snapshot === undefined ? [] : [`take snapshot ${snapshot.name} into repository ${spec.snapshot?.repository}`]),
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
      'wait until the node is back, put the setting back, ' +
      `wait until every copy of every shard is where it can be${last}`,
  ].map((step) => truncate(step, 512));
}
