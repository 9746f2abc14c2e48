import { stageTaint } from '../../crds/labels.ts';
import type { ClusterStage, ClusterStageProgressNodeCurrent } from '../../crds/types/clusterstage.ts';
import type { Node } from '../../kube/builtin.ts';
import { findCondition, isTrue } from '../../kube/conditions.ts';
import { markOf } from './marks.ts';

/** How a ClusterStage stands, as metrics tell it. `stalled`: somebody has to do something. */
export type Standing = 'reached' | 'under_way' | 'waiting' | 'stalled';

/** `waiting` is what somebody wanted: nothing goes on, and nothing is wrong. */
const wanted: ReadonlySet<string | undefined> = new Set(['Paused', 'OutsideWindow']);

/** What there is to tell of all ClusterStages and of what they have changed; nothing is told by a name. */
export interface Figures {
  readonly standings: ReadonlyMap<Standing, number>;
  /** Seconds since anything of a stage went on that is under way; of several the longest. */
  readonly still: number;
  /** For how long, in seconds, the node has been at a step that has been longest at it. */
  readonly steps: ReadonlyMap<ClusterStageProgressNodeCurrent, number>;
  /** Nodes out of service, by the stage that they are out for. */
  readonly out: ReadonlyMap<string, number>;
  /** Nodes that are out of service although nobody asks for it any more. */
  readonly left: number;
}

/** @returns what is told of these objects at this time */
export function figuresOf(stages: Iterable<ClusterStage>, nodes: Iterable<Node>, now: Date): Figures {
  const standings = new Map<Standing, number>();
  const steps = new Map<ClusterStageProgressNodeCurrent, number>();
  const holding = new Set<string>();
  let still = 0;
  for (const stage of stages) {
    const standing = standingOf(stage);
    standings.set(standing, (standings.get(standing) ?? 0) + 1);
    if (standing !== 'reached' || stage.status?.stage !== 'running') holding.add(stage.metadata.uid ?? '');
    if (standing === 'under_way') still = Math.max(still, secondsBetween(lastProgress(stage), now));
    if (standing === 'reached') continue;
    for (const { current, since } of stage.status?.progress?.nodes ?? [])
      if (current !== undefined) steps.set(current, Math.max(steps.get(current) ?? 0, secondsBetween(since, now)));
  }
  return { standings, still, steps, ...heldNodes(nodes, holding) };
}

/** @returns how it stands; what was asked for a moment ago is under way */
function standingOf({ metadata, status }: ClusterStage): Standing {
  if (metadata.deletionTimestamp !== undefined || status?.observedGeneration !== metadata.generation)
    return 'under_way';
  const ready = findCondition(status?.conditions, 'Ready');
  if (ready?.status === 'True') return 'reached';
  if (isTrue(status?.conditions, 'Stalled')) return 'stalled';
  return wanted.has(ready?.reason) ? 'waiting' : 'under_way';
}

/** When a node of it began with a step, or it began itself. */
function lastProgress({ metadata, status }: ClusterStage): string | undefined {
  const { run, progress } = status ?? {};
  const times = [
    metadata.deletionTimestamp,
    run?.startTime ?? metadata.creationTimestamp,
    ...(progress?.nodes ?? []).map(({ since }) => since),
  ].filter((time) => time !== undefined);
  return times.toSorted().at(-1);
}

function heldNodes(nodes: Iterable<Node>, holding: ReadonlySet<string>): Pick<Figures, 'out' | 'left'> {
  const out = new Map<string, number>();
  let left = 0;
  for (const node of nodes) {
    const taint = node.spec?.taints?.find(({ key }) => key === stageTaint);
    const mark = markOf(node);
    if (mark === undefined && taint === undefined) continue;
    const stage = taint?.value ?? '';
    out.set(stage, (out.get(stage) ?? 0) + 1);
    if (mark === undefined || mark === 'unreadable' || !holding.has(mark.holder)) left += 1;
  }
  return { out, left };
}

function secondsBetween(time: string | undefined, now: Date): number {
  return time === undefined ? 0 : Math.max(0, (now.getTime() - Date.parse(time)) / 1000);
}
