import type { ClusterStage, ClusterStageProgressNode, ClusterStageStage } from '../../crds/types/clusterstage.ts';
import { isDone, isUnderWay } from './node-plan.ts';
import type { NodeView, Observed } from './observe.ts';
import { stepsOf } from './stage-steps.ts';

/** Nodes that begin in one pass where nothing limits them. */
const atOnce = 50;

/** Which nodes may begin. */
export interface Turn {
  readonly begins: ReadonlySet<string>;
  /** Why no further one does, where one waits. */
  readonly waiting: { readonly reason: string; readonly message: string } | undefined;
}

/** @returns how many nodes may be out of service at once */
export function limitOf({ spec }: ClusterStage, nodes: number): number {
  const { maxUnavailable = 1 } = spec;
  if (typeof maxUnavailable === 'number') return maxUnavailable;
  return Math.max(1, Math.floor((nodes * Number(maxUnavailable.replace('%', ''))) / 100));
}

/**
 * Nodes begin in the order of the list. In an upgrade never more are out of service than maxUnavailable says, those
 * included that are not ready or that somebody else has cordoned; and none begins after one has failed.
 */
export function mayBegin(
  { stage, nodes }: Observed,
  asked: ClusterStageStage,
  list: readonly ClusterStageProgressNode[],
): Turn {
  const order = stepsOf({ ...stage.spec, stage: asked });
  const pending = list.filter((node) => !isDone(node, order) && !isUnderWay(node, order)).map(({ name }) => name);
  if (pending.length === 0) return { begins: new Set(), waiting: undefined };
  if (stage.spec.paused === true && asked !== 'running')
    return none('Paused', 'spec.paused is true; set it to false to let further nodes begin');
  const failed = list.find((node) => node.failed === true);
  if (failed !== undefined) return none('NodeFailed', `no further node begins, since ${failed.name} has failed`);
  if (stage.spec.scope !== 'Cluster' || asked !== 'upgrading')
    return { begins: new Set(pending.slice(0, atOnce)), waiting: undefined };
  const limit = limitOf(stage, list.length);
  const out = new Set(
    list.filter((node) => isUnderWay(node, order) || isAway(nodes.get(node.name))).map(({ name }) => name),
  );
  const begins = new Set<string>();
  for (const name of pending) {
    const others = out.has(name) ? out.size - 1 : out.size;
    if (others >= limit) continue;
    begins.add(name);
    out.add(name);
  }
  if (begins.size > 0) return { begins, waiting: undefined };
  const names = [...out].toSorted();
  const shown = names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
  const message =
    `${pending.length} of ${list.length} nodes wait: ` +
    `out of service are ${shown}, and maxUnavailable allows ${limit}`;
  return none('MaxUnavailable', message);
}

/** Not there for pods, for whatever reason. */
function isAway(view: NodeView | undefined): boolean {
  return view?.node !== undefined && (!view.ready || view.node.spec?.unschedulable === true);
}

function none(reason: string, message: string): Turn {
  return { begins: new Set(), waiting: { reason, message } };
}
