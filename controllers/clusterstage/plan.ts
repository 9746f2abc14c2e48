import { availableAfter } from '../../crds/stages.ts';
import type {
  ClusterStage,
  ClusterStageProgressNode,
  ClusterStageScope,
  ClusterStageStage,
  ClusterStageStatus,
} from '../../crds/types/clusterstage.ts';
import { rfc3339 } from '../../kube/conditions.ts';
import { atOnce } from '../shared/children/acting.ts';
import { firstOf } from '../shared/planning.ts';
import { showPlan, waitWhilePaused } from '../shared/steps.ts';
import { leaveNothingBehind, stopped } from './deletion.ts';
import { describe } from './dryrun.ts';
import { finalizer } from './finalizers.ts';
import type { Intent, Plan } from './intents.ts';
import { planNode, isDone, isUnderWay, type NodeNext } from './node-plan.ts';
import type { NodeView, Observed } from './observe.ts';
import { reports } from './reports.ts';
import { holdsNodes, stepsOf } from './stage-steps.ts';
import { limitOf } from './turns/limits.ts';
import type { Obstacle } from './turns/obstacle.ts';
import { mayBegin } from './turns/turn.ts';

interface Step {
  (observed: Observed, now: Date): Plan | undefined;
}

const seconds = (count: number): number => count * 1000;

/** As many as the definition has room for. */
const mostNodes = 5000;

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

function isNew({ stage, digest }: Observed): boolean {
  return stage.status?.run?.digest !== digest;
}

function showWhatWouldBeDone(observed: Observed, now: Date): Plan | undefined {
  return showPlan(observed.stage, now, reports, () => describe(observed, now));
}

function refuseUnknownNode(observed: Observed, now: Date): Plan | undefined {
  const { stage, nodes } = observed;
  const { name } = stage.metadata;
  if (stage.spec.scope === 'Cluster' || stage.spec.stage === 'running' || nodes.get(name)?.node !== undefined)
    return undefined;
  if (!isNew(observed) && nodes.get(name)?.held === true) return undefined;
  const message = `there is no node ${name}: name the ClusterStage as the node, or delete it`;
  return reports.stuck(stage, now, 'NodeNotFound', message, seconds(60));
}

function refuseTooMany(observed: Observed, now: Date): Plan | undefined {
  const { stage, targets } = observed;
  if (!isNew(observed) || targets.length <= mostNodes) return undefined;
  const message = `there are ${targets.length} nodes, more than ${mostNodes}: choose some by spec.nodeSelector`;
  return reports.stuck(stage, now, 'TooManyNodes', message, seconds(300));
}

/** An upgrade that began with all nodes out of service could move their pods nowhere. */
function refuseWhileOthersAreOut(observed: Observed, now: Date): Plan | undefined {
  const { stage, nodes, targets } = observed;
  if (!isNew(observed) || stage.spec.scope !== 'Cluster' || stage.spec.stage !== 'upgrading') return undefined;
  const out = targets.filter((name) => isOurs(nodes.get(name), stage));
  const limit = limitOf(stage, targets.length);
  if (out.length <= limit) return undefined;
  const count = `${out.length} nodes are out of service, more than maxUnavailable (${limit})`;
  const message = `${count}: set the stage to running first`;
  return reports.stuck(stage, now, 'NodesAreOut', message, seconds(60));
}

function isOurs(view: NodeView | undefined, { metadata }: ClusterStage): boolean {
  return view?.mark !== undefined && view.mark !== 'unreadable' && view.mark.holder === metadata.uid;
}

/** What is begun is recorded before anything is done, with the nodes that it is about. */
function beginAnew(observed: Observed, now: Date): Plan | undefined {
  if (!isNew(observed)) return undefined;
  const { stage, digest, targets } = observed;
  const paused = waitWhilePaused(stage, now, reports, 'to let it begin');
  if (paused !== undefined) return paused;
  const { stage: asked, data } = stage.spec;
  const message = `${asked} was asked for`;
  const { data: _, plan: __, ...status } = reports.progress(stage, now, {}, 'Begun', message);
  const touches =
    (asked !== 'running' || targets.length > 0) && stage.metadata.finalizers?.includes(finalizer) !== true;
  return {
    intents: touches ? [{ do: 'addFinalizer', because: 'a deleted ClusterStage must leave nodes as they were' }] : [],
    status: {
      ...status,
      stage: asked,
      ...(data === undefined ? {} : { data }),
      available: [...availableAfter(scopeOf(stage), asked)],
      run: { id: stage.metadata.generation ?? 1, digest, stage: asked, startTime: rfc3339(now) },
      progress: { totalRate: 0, nodes: targets.map((name) => ({ name, rate: 0 })) },
    },
    event: { type: 'Normal', reason: 'Begun', action: 'Stage', note: message },
  };
}

/** Two tasks never work on one node: what was begun before is stopped first. */
function endFormerTasks({ stage, formerTasks }: Observed, now: Date): Plan | undefined {
  const [first] = formerTasks;
  if (first === undefined) return undefined;
  const { namespace, name } = first.metadata;
  const message = `AgentTask ${namespace}/${name} to end, which was begun before`;
  return {
    intents: stopped(formerTasks, 'something else was asked for'),
    status: reports.progress(stage, now, {}, 'StoppingTasks', message),
    requeueAfter: seconds(30),
  };
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

function summed({ stage }: Observed, now: Date, next: readonly NodeNext[], turn: Obstacle | undefined): Plan {
  const asked = stage.status?.run?.stage ?? stage.spec.stage;
  const spec = { ...stage.spec, stage: asked };
  const order = stepsOf(spec);
  const nodes = next.map(({ progress }) => progress);
  const intents = tasksTogether(next.flatMap((each) => each.intents));
  const progress = { totalRate: rateOf(nodes, order.length), nodes };
  const again = Math.min(
    ...next.map(({ requeueAfter }) => requeueAfter ?? Infinity),
    turn?.requeueAfter ?? Infinity,
    seconds(60),
  );
  const common = { intents, requeueAfter: again };
  if (nodes.every((node) => isDone(node, order))) return { ...common, ...reached(stage, now, progress) };
  const troubles = next.flatMap(({ trouble }) => trouble ?? []);
  const stuck = troubles.find(({ kind }) => kind !== 'waiting') ?? (turn?.stuck === true ? turn : undefined);
  const run = withoutEnd(stage.status?.run);
  if (stuck !== undefined) {
    const { status, event } = reports.hindered(stage, now, stuck.reason, stuck.message);
    const told = event === undefined ? {} : { event };
    return { ...common, status: { ...status, ...run, progress, message: stuck.message.slice(0, 1024) }, ...told };
  }
  const idle = nodes.every((node) => !isUnderWay(node, order));
  const said = troubles[0] ??
    (idle ? turn : undefined) ?? { reason: 'UnderWay', message: `${asked}: ${progress.totalRate} %` };
  const status = reports.progress(stage, now, { ...run, progress }, said.reason, said.message);
  return { ...common, status };
}

function scopeOf({ spec }: ClusterStage): ClusterStageScope {
  return spec.scope ?? 'Node';
}

/** One look at whether the ClusterStage is still the same lets the tasks of all nodes begin; they come last. */
function tasksTogether(intents: readonly Intent[]): readonly Intent[] {
  const making = intents.filter((intent) => intent.do === 'makeChildren');
  const [first] = making;
  if (first === undefined) return intents;
  const children = making.flatMap((each) => each.children).slice(0, atOnce);
  return [...intents.filter((intent) => intent.do !== 'makeChildren'), { ...first, children }];
}

function withoutEnd(run: ClusterStageStatus['run']): Pick<ClusterStageStatus, 'run'> {
  if (run === undefined) return {};
  const { completionTime: _, ...rest } = run;
  return { run: rest };
}

/** All nodes are where they were to come. Said once; what changes of the spec afterwards changes nothing of it. */
function reached(
  stage: ClusterStage,
  now: Date,
  progress: NonNullable<ClusterStageStatus['progress']>,
): Partial<Pick<Plan, 'status' | 'event'>> {
  const { run } = stage.status ?? {};
  if (run === undefined) return {};
  if (run.completionTime !== undefined) {
    const status = reports.stillEnded(stage);
    return status === undefined ? {} : { status };
  }
  const held = holdsNodes({ ...stage.spec, stage: run.stage });
  const reachedStage = held || run.stage === 'running' ? run.stage : 'running';
  const status = {
    stage: reachedStage,
    available: [...availableAfter(scopeOf(stage), reachedStage)],
    run: { ...run, completionTime: rfc3339(now) },
    progress: { ...progress, totalRate: 100 },
  };
  const said = endOf(run.stage, held, progress.nodes ?? []);
  const { status: ended, event } = reports.ended(stage, now, { good: true, ...said, status });
  return { ...(ended === undefined ? {} : { status: ended }), ...(event === undefined ? {} : { event }) };
}

function endOf(
  asked: ClusterStage['spec']['stage'],
  held: boolean,
  list: readonly ClusterStageProgressNode[],
): { readonly reason: string; readonly message: string } {
  if (asked === 'running') return { reason: 'Running', message: 'in service' };
  const nodes = list.length === 1 ? `node ${list[0]?.name}` : `${list.length} nodes`;
  return held
    ? { reason: 'OutOfService', message: `${nodes} out of service for ${asked}` }
    : { reason: 'Succeeded', message: `${nodes} went through ${asked}` };
}

function rateOf(nodes: readonly ClusterStageProgressNode[], stepCount: number): number {
  if (nodes.length === 0) return 100;
  const done = nodes.map(({ completed = [], rate, current, gone }) =>
    gone === true ? 1 : (completed.length + (current === undefined ? 0 : rate / 100)) / stepCount,
  );
  return Math.min(100, Math.floor((done.reduce((sum, each) => sum + each, 0) / nodes.length) * 100));
}
