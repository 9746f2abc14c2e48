import type { ClusterStage, ClusterStageProgressNode, ClusterStageStatus } from '../../crds/types/clusterstage.ts';
import { atOnce } from '../shared/children/acting.ts';
import { firstOf } from '../shared/planning.ts';
import { showPlan } from '../shared/steps.ts';
import { beginAnew, endFormerTasks, refuseTooMany, refuseUnknownNode, refuseWhileOthersAreOut } from './beginning.ts';
import { leaveNothingBehind } from './deletion.ts';
import { describe } from './dryrun.ts';
import type { Intent, Plan } from './intents.ts';
import { wasInService } from './marks.ts';
import { planNode, isDone, isUnderWay, type NodeNext } from './node-plan.ts';
import type { Observed } from './observe.ts';
import { reports } from './reports.ts';
import { begunSpec, holdsNodes, stepsOf } from './stage-steps.ts';
import { summed } from './summary.ts';
import { mayBegin } from './turns/turn.ts';

interface Step {
  (observed: Observed, now: Date): Plan | undefined;
}

/** In this order: a later step may rely on what every earlier one ruled out. */
const steps: readonly Step[] = [
  leaveNothingBehind,
  showWhatWouldBeDone,
  refuseUnknownNode,
  refuseTooMany,
  refuseWhileOthersAreOut,
  beginAnew,
  endFormerTasks,
];

/** Decides what is to be done for a ClusterStage, from what was observed alone. */
export function plan(observed: Observed, now: Date): Plan {
  const next = firstOf(steps, observed, now) ?? nodesOnTheirWay(observed, now);
  const { status } = next;
  const kept = withCapacity(observed, status);
  return {
    ...next,
    ...(kept === undefined ? {} : { status: kept }),
    intents: [...next.intents, ...released(observed)],
  };
}

/** Only the ClusterStage of the whole cluster tells of it, and writes no status for that alone before it has one. */
function withCapacity({ stage, capacity }: Observed, status: ClusterStageStatus | undefined) {
  const present = status ?? stage.status;
  const { total, used } = present?.capacity ?? {};
  if (capacity === undefined || present?.conditions === undefined || stage.metadata.deletionTimestamp !== undefined)
    return status;
  return total === capacity.total && used === capacity.used ? status : { ...present, capacity };
}

/** Tasks that have ended may go, once it is recorded how, or when nobody asks any more. */
function released({ stage, endedTasks }: Observed): readonly Intent[] {
  const results = new Map(
    (stage.status?.progress?.nodes ?? []).flatMap(({ task }) => (task === undefined ? [] : [[task.name, task.result]])),
  );
  const children = endedTasks.filter(({ metadata: { name } }) =>
    results.has(name) ? results.get(name) !== undefined : isFormer(stage, name),
  );
  const because = 'how it ended is recorded';
  return children.length === 0 ? [] : [{ do: 'releaseChildren', children: children.slice(0, atOnce), because }];
}

/** Of what was begun before: nobody records how it ends. */
function isFormer({ status }: ClusterStage, name: string): boolean {
  return !new RegExp(`-${status?.run?.id ?? 0}-[0-9a-f]{10}$`).test(name);
}

function showWhatWouldBeDone(observed: Observed, now: Date): Plan | undefined {
  return showPlan(observed.stage, now, reports, () => describe(observed, now));
}

/**
 * Goes on with the nodes that are on their way, and begins with others as far as may be: those that come back into
 * service in this pass make room for the next ones.
 */
function nodesOnTheirWay(observed: Observed, now: Date): Plan {
  const { stage, nodes, refusal, controlPlane, evictions } = observed;
  const spec = begunSpec(stage);
  const order = stepsOf(spec);
  const allowance = { evictions, spent: new Map<string, number>() };
  const planned = (progress: ClusterStageProgressNode): NodeNext => {
    const view = nodes.get(progress.name);
    if (view === undefined) return { progress, intents: [] };
    return planNode({ stage, spec, view, progress, controlPlane, refusal: refusal?.message, allowance, now });
  };
  const list = listOf(observed);
  // Also what is back in service: that it is out may be seen late.
  const lasts = holdsNodes(spec) || spec.stage === 'running';
  const begun = new Map<string, NodeNext>();
  for (const progress of list)
    if (isUnderWay(progress, order) || (isDone(progress, order) && lasts)) begun.set(progress.name, planned(progress));
  const soFar = list.map((progress) => begun.get(progress.name)?.progress ?? progress);
  const turn = mayBegin({ ...observed, back: comingBack([...begun.values()], nodes) }, soFar, now);
  const next = list.map((progress): NodeNext => {
    const { name } = progress;
    return begun.get(name) ?? (turn.begins.has(name) ? planned(progress) : { progress, intents: [] });
  });
  return summed(observed, now, next, turn.waiting);
}

/** A node that was cordoned before stays so, and makes no room. */
function comingBack(next: readonly NodeNext[], nodes: Observed['nodes']): ReadonlySet<string> {
  const back = next.filter(({ progress: { name }, intents }) => {
    const mark = nodes.get(name)?.mark;
    const returns = intents.some((intent) => intent.do === 'putBack');
    return returns && mark !== undefined && mark !== 'unreadable' && wasInService(mark);
  });
  return new Set(back.map(({ progress }) => progress.name));
}

/** What turns out late to be ours goes back as well: a claim, say, that was under way when running was asked for. */
function listOf({ stage, targets }: Observed): readonly ClusterStageProgressNode[] {
  const list = stage.status?.progress?.nodes ?? [];
  if (begunSpec(stage).stage !== 'running' || stage.spec.stage !== 'running') return list;
  const known = new Set(list.map(({ name }) => name));
  return [...list, ...targets.filter((name) => !known.has(name)).map((name) => ({ name, rate: 0 }))];
}
