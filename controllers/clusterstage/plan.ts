import type {
  ClusterStage,
  ClusterStageProgressNode,
  ClusterStageStage,
  ClusterStageStatus,
} from '../../crds/types/clusterstage.ts';
import { atOnce } from '../shared/children/acting.ts';
import { firstOf } from '../shared/planning.ts';
import { showPlan } from '../shared/steps.ts';
import { beginAnew, endFormerTasks, refuseTooMany, refuseUnknownNode, refuseWhileOthersAreOut } from './beginning.ts';
import { leaveNothingBehind } from './deletion.ts';
import { describe } from './dryrun.ts';
import type { Intent, Plan } from './intents.ts';
import { planNode, isDone, isUnderWay, type NodeNext } from './node-plan.ts';
import type { Observed } from './observe.ts';
import { reports } from './reports.ts';
import { holdsNodes, stepsOf } from './stage-steps.ts';
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
  const children = endedTasks.filter(
    ({ metadata }) => !results.has(metadata.name) || results.get(metadata.name) !== undefined,
  );
  const current = children.filter(({ metadata }) => results.has(metadata.name) || isFormer(stage, metadata.name));
  const because = 'how it ended is recorded';
  return current.length === 0 ? [] : [{ do: 'releaseChildren', children: current.slice(0, atOnce), because }];
}

/** Of what was begun before: nobody records how it ends. */
function isFormer({ status }: ClusterStage, name: string): boolean {
  return !new RegExp(`-${status?.run?.id ?? 0}-[0-9a-f]{10}$`).test(name);
}

function showWhatWouldBeDone(observed: Observed, now: Date): Plan | undefined {
  return showPlan(observed.stage, now, reports, () => describe(observed, now));
}

/** Goes on with the nodes that are on their way, and begins with others as far as may be. */
function nodesOnTheirWay(observed: Observed, now: Date): Plan {
  const { stage, nodes, refusal, controlPlane } = observed;
  const asked = stage.status?.run?.stage ?? stage.spec.stage;
  const list = listOf(observed, asked);
  const order = stepsOf({ ...stage.spec, stage: asked });
  const turn = mayBegin(observed, asked, list, now);
  const spent = new Map<string, number>();
  const next = list.map((progress): NodeNext => {
    const view = nodes.get(progress.name);
    const waits = !isUnderWay(progress, order) && !isDone(progress, order) && !turn.begins.has(progress.name);
    const rests = isDone(progress, order) && !holdsNodes({ ...stage.spec, stage: asked });
    if (view === undefined || waits || rests) return { progress, intents: [] };
    return planNode({ stage, asked, view, progress, controlPlane, refusal: refusal?.message, spent, now });
  });
  return summed(observed, now, next, turn.waiting);
}

/** What turns out late to be ours goes back as well: a claim, say, that was under way when running was asked for. */
function listOf({ stage, targets }: Observed, asked: ClusterStageStage): readonly ClusterStageProgressNode[] {
  const list = stage.status?.progress?.nodes ?? [];
  if (asked !== 'running' || stage.spec.stage !== 'running') return list;
  const known = new Set(list.map(({ name }) => name));
  return [...list, ...targets.filter((name) => !known.has(name)).map((name) => ({ name, rate: 0 }))];
}
