import type { ClusterStage, ClusterStageProgressNode } from '../../../crds/types/clusterstage.ts';
import type { Node } from '../../../kube/builtin.ts';
import { isDone, isUnderWay } from '../node-plan.ts';
import { isAway, readiness } from '../node-state.ts';
import { begunSpec, isLimited, stepsOf, takesOut } from '../stage-steps.ts';
import { controlPlaneObstacle, type ControlPlane } from './control-plane.ts';
import { deadlineObstacle } from './deadline.ts';
import { limitOf } from './limits.ts';
import type { Obstacle } from './obstacle.ts';
import { zoneOf } from './order.ts';
import { Room } from './room.ts';
import { windowObstacle } from './window.ts';

/** Nodes that begin in one pass where nothing limits them. */
const mostBeginning = 50;

/** What turns are decided on. */
export interface TurnView {
  readonly stage: ClusterStage;
  readonly nodes: ReadonlyMap<string, { readonly node: Node | undefined }>;
  readonly controlPlane: ControlPlane;
  readonly ownNode: string | undefined;
  /** Names of nodes that this pass puts back into service, before others go out of it. */
  readonly back: ReadonlySet<string>;
}

/** Which nodes may begin. */
export interface Turn {
  readonly begins: ReadonlySet<string>;
  /** Why no further one does, where one waits. */
  readonly waiting: Obstacle | undefined;
}

/** The nodes of a stage that are not where they were to come. */
interface Open {
  readonly list: readonly ClusterStageProgressNode[];
  /** Not begun, in the order of their turns. */
  readonly pending: readonly string[];
  readonly underWay: readonly string[];
}

/**
 * Nodes begin in the order of the list, and none does after one has failed, outside the window or after the deadline.
 * In an upgrade never more are out of service than the limits say, those included that are not ready or that somebody
 * else has cordoned.
 */
export function mayBegin(observed: TurnView, list: readonly ClusterStageProgressNode[], now: Date): Turn {
  const spec = begunSpec(observed.stage);
  const order = stepsOf(spec);
  const open = list.filter((node) => !isDone(node, order));
  const pending = open.filter((node) => !isUnderWay(node, order)).map(({ name }) => name);
  const underWay = open.filter((node) => isUnderWay(node, order)).map(({ name }) => name);
  const all = obstacleOfAll(observed, { list, pending, underWay }, now);
  if (all !== undefined) return { begins: new Set(), waiting: all };
  if (pending.length === 0) return { begins: new Set(), waiting: undefined };
  if (!isLimited(spec)) return { begins: new Set(pending.slice(0, mostBeginning)), waiting: undefined };
  return oneByOne(observed, { list, pending, underWay });
}

/** What holds up every node that has not begun. */
function obstacleOfAll({ stage }: TurnView, { list, pending, underWay }: Open, now: Date): Obstacle | undefined {
  const { stage: asked } = begunSpec(stage);
  const open = pending.length + underWay.length;
  const late =
    takesOut(asked) && open > 0 ? deadlineObstacle(stage, `${open} of ${list.length} nodes`, now) : undefined;
  if (late !== undefined || pending.length === 0) return late;
  if (stage.spec.paused === true && asked !== 'running')
    return { reason: 'Paused', message: 'spec.paused is true; set it to false to let further nodes begin' };
  const failed = list.find((node) => node.failed === true);
  if (failed !== undefined)
    return { reason: 'NodeFailed', message: `no further node begins, since ${failed.name} has failed` };
  return takesOut(asked) ? windowObstacle(stage.spec.window, now) : undefined;
}

/** Each node that may begin takes room from the next ones. */
function oneByOne(observed: TurnView, { list, pending, underWay }: Open): Turn {
  const { stage, nodes, controlPlane, ownNode } = observed;
  const room = roomOf(observed, list, underWay);
  const begins = new Set<string>();
  const begun = new Set(underWay);
  let waiting: Obstacle | undefined;
  for (const name of pending) {
    // One that is gone takes nothing from anybody.
    if (nodes.get(name)?.node === undefined) {
      begins.add(name);
      continue;
    }
    const obstacle =
      lastOfAll(name, ownNode, pending.length - begins.size) ??
      (stage.spec.scope === 'Cluster' ? room.obstacle(name) : undefined) ??
      controlPlaneObstacle(name, controlPlane, begun);
    waiting ??= obstacle;
    if (obstacle !== undefined) continue;
    begins.add(name);
    begun.add(name);
    room.take(name);
  }
  if (begins.size > 0 || waiting === undefined) return { begins, waiting: undefined };
  const prefix = list.length > 1 ? `${pending.length} of ${list.length} nodes wait: ` : '';
  return { begins, waiting: { ...waiting, message: `${prefix}${waiting.message}` } };
}

function roomOf(
  { stage, nodes, back }: TurnView,
  list: readonly ClusterStageProgressNode[],
  underWay: readonly string[],
): Room {
  const { perZone } = stage.spec;
  const names = list.map(({ name }) => name);
  return new Room({
    zones: new Map(
      names.map((name) => {
        const node = nodes.get(name)?.node;
        return [name, node === undefined ? '' : zoneOf(node, perZone ?? {})];
      }),
    ),
    maxUnavailable: limitOf(stage, list.length),
    perZone,
    out: [...underWay, ...names.filter((name) => isOut(nodes.get(name)?.node, back.has(name)))],
  });
}

/** The node that we ourselves run on: who decides moves with its pod, and should when nothing else waits. */
function lastOfAll(name: string, ownNode: string | undefined, left: number): Obstacle | undefined {
  if (name !== ownNode || left === 1) return undefined;
  return { reason: 'OwnNode', message: `${name}, on which the controllers themselves run, goes last` };
}

function isOut(node: Node | undefined, comesBack: boolean): boolean {
  if (node === undefined) return false;
  return comesBack ? readiness(node) !== 'True' : isAway(node);
}
