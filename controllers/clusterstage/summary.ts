import { availableAfter } from '../../crds/stages.ts';
import type { ClusterStage, ClusterStageProgressNode, ClusterStageStatus } from '../../crds/types/clusterstage.ts';
import { findCondition, rfc3339 } from '../../kube/conditions.ts';
import { atOnce } from '../shared/children/acting.ts';
import type { Intent, Plan } from './intents.ts';
import { isDone, isUnderWay, type NodeNext } from './node-plan.ts';
import type { Observed } from './observe.ts';
import { reports } from './reports.ts';
import { begunSpec, holdsNodes, scopeOf, stepsOf } from './stage-steps.ts';
import type { Obstacle } from './turns/obstacle.ts';

const seconds = (count: number): number => count * 1000;

/**
 * What is next for the stage, from what is next for each of its nodes.
 * @param turn why no further node begins, where one waits
 */
export function summed({ stage }: Observed, now: Date, next: readonly NodeNext[], turn: Obstacle | undefined): Plan {
  const spec = begunSpec(stage);
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
    (idle ? turn : undefined) ?? { reason: 'UnderWay', message: `${spec.stage}: ${progress.totalRate} %` };
  const status = reports.progress(stage, now, { ...run, progress }, said.reason, said.message);
  return { ...common, status };
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

/**
 * All nodes are where they were to come. Said once; what changes of the spec afterwards changes nothing of it. Said
 * again where something else was said since: of what was only planned, held still or refused, and is asked for no more.
 */
function reached(
  stage: ClusterStage,
  now: Date,
  progress: NonNullable<ClusterStageStatus['progress']>,
): Partial<Pick<Plan, 'status' | 'event'>> {
  const { run } = stage.status ?? {};
  if (run === undefined) return {};
  const held = holdsNodes(begunSpec(stage));
  const reachedStage = held || run.stage === 'running' ? run.stage : 'running';
  const said = endOf(run.stage, held, progress.nodes ?? []);
  const { completionTime } = run;
  if (completionTime !== undefined && findCondition(stage.status?.conditions, 'Ready')?.reason === said.reason) {
    const status = reports.stillEnded(stage);
    return status === undefined ? {} : { status };
  }
  const { plan: _, ...before } = stage.status ?? {};
  const status = {
    stage: reachedStage,
    available: [...availableAfter(scopeOf(stage), reachedStage)],
    run: { ...run, completionTime: completionTime ?? rfc3339(now) },
    progress: { ...progress, totalRate: 100 },
  };
  const { status: ended, event } = reports.ended({ ...stage, status: before }, now, { good: true, ...said, status });
  return {
    ...(ended === undefined ? {} : { status: ended }),
    ...(event === undefined || completionTime !== undefined ? {} : { event }),
  };
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
