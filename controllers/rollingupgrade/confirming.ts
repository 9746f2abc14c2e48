import type {
  RollingUpgrade,
  RollingUpgradeDecision,
  RollingUpgradeSpec,
  RollingUpgradeStatus,
  RollingUpgradeWaiting,
} from '../../crds/types/rollingupgrade.ts';
import { rfc3339 } from '../../kube/conditions.ts';
import type { EngineNode } from './engine/engine.ts';
import type { Plan } from './intents.ts';
import { isManager } from './nodes.ts';
import { heldUp } from './reports.ts';

type Point = RollingUpgradeWaiting['point'];

/** As many as the definition allows. */
const mostDecisions = 100;

/**
 * @param left how many nodes are still to be upgraded, with this one
 * @returns the point of `spec.rollout.confirmBefore` that holds a node; undefined: none
 */
function pointBefore({ spec, status }: RollingUpgrade, node: EngineNode, left: number): Point | undefined {
  // Those that this upgrade has brought to the new version, not those that had it before.
  const done = (status?.nodes ?? []).filter((each) => each.status === 'complete' && each.task !== undefined);
  const managers = done.filter(({ role }) => role === 'M').length;
  return firstPoint(spec, node, { left, done: done.length, managers });
}

/** @returns the point that would hold each of these nodes, if they were upgraded in this order */
export function pointsOf({ spec }: RollingUpgrade, todo: readonly EngineNode[]): readonly (Point | undefined)[] {
  return todo.map((node, done) =>
    firstPoint(spec, node, { left: todo.length - done, done, managers: todo.slice(0, done).filter(isManager).length }),
  );
}

/** The gravest one. */
function firstPoint(
  { rollout }: RollingUpgradeSpec,
  node: EngineNode,
  { left, done, managers }: { readonly left: number; readonly done: number; readonly managers: number },
): Point | undefined {
  const points = new Set(rollout?.confirmBefore);
  const reached: Readonly<Record<Point, boolean>> = {
    LastNode: left === 1,
    Managers: isManager(node) && managers === 0,
    SecondNode: done === 1,
    EachNode: true,
  };
  return (['LastNode', 'Managers', 'SecondNode', 'EachNode'] as const).find(
    (point) => points.has(point) && reached[point],
  );
}

const reasons: Readonly<Record<Point, string>> = {
  LastNode: 'it is the last one with an older version: after it there is no way back',
  Managers: "it is the first that can be the cluster's manager",
  SecondNode: 'one node has the new version: see how it does',
  EachNode: 'each node is confirmed',
};

/** @returns what a person is asked before a node begins; undefined: it may */
export function askBefore(upgrade: RollingUpgrade, node: EngineNode, left: number, now: Date): Plan | undefined {
  const point = pointBefore(upgrade, node, left);
  if (point === undefined || answers(upgrade, node)) return undefined;
  const known = upgrade.status?.waiting;
  const since = known?.node === node.name && known.point === point ? known.since : rfc3339(now);
  const message =
    `node ${node.name} (${node.version}) waits for spec.confirm: ${reasons[point]}; ` +
    `give confirm the node and your name, or set stop`;
  const held = heldUp(upgrade, now, 'WaitConfirm', message);
  return { ...held, status: { ...held.status, waiting: { node: node.name, point, since } } };
}

/** Only what was asked is answered: of an earlier question the answer is still there. */
function answers({ spec, status }: RollingUpgrade, { name }: EngineNode): boolean {
  return status?.waiting?.node === name && spec.confirm?.node === name;
}

/** @returns for the status: who has let this node begin */
export function decided({ spec, status }: RollingUpgrade, now: Date): Pick<RollingUpgradeStatus, 'decisions'> {
  const { waiting, decisions = [] } = status ?? {};
  const { confirm } = spec;
  if (waiting === undefined || confirm === undefined || confirm.node !== waiting.node) return {};
  const decision: RollingUpgradeDecision = {
    node: waiting.node,
    point: waiting.point,
    user: confirm.user,
    time: rfc3339(now),
    ...(confirm.comment === undefined ? {} : { comment: confirm.comment }),
  };
  return { decisions: [...decisions, decision].slice(-mostDecisions) };
}

/** Nobody is waited for any more. */
export function withoutQuestion(next: Plan): Plan {
  const { waiting: _, ...status } = next.status ?? {};
  return { ...next, status };
}
