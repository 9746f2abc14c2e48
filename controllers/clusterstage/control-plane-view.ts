import type { ClusterStage, ClusterStageProgressNode } from '../../crds/types/clusterstage.ts';
import type { Node } from '../../kube/builtin.ts';
import type { ReadStore } from '../../kube/store.ts';
import { isElder } from '../shared/turns.ts';
import { controlPlaneRole } from './indexers.ts';
import { isAway } from './node-state.ts';
import { takesOut } from './stage-steps.ts';
import type { ControlPlane } from './turns/control-plane.ts';

/** Where it is looked at. The caches are indexed as `indexers.ts` says. */
export interface ControlPlaneWorld {
  readonly stages: ReadStore<ClusterStage>;
  readonly nodes: ReadStore<Node>;
  /** Asks what is wrong with the API server and its store; undefined: nothing. */
  readonly serverTrouble: (now: Date) => Promise<string | undefined>;
}

/** @param names the nodes that the stage is about */
export async function controlPlaneOf(
  stage: ClusterStage,
  names: readonly string[],
  now: Date,
  { stages, nodes, serverTrouble }: ControlPlaneWorld,
): Promise<ControlPlane> {
  const all = nodes.byIndex('role', controlPlaneRole);
  const asked = stage.status?.run?.stage;
  const matters =
    asked !== undefined && takesOut(asked) && all.some(({ metadata }) => isWaited(stage, metadata.name, names));
  return {
    nodes: new Map(
      all.map((node) => {
        const { name } = node.metadata;
        const others = stages.byIndex('node', name).filter(({ metadata }) => metadata.uid !== stage.metadata.uid);
        return [name, { away: isAway(node), goesFirst: others.some((other) => goesFirst(other, stage, name)) }];
      }),
    ),
    trouble: matters ? await serverTrouble(now) : undefined,
  };
}

/** The server is asked only while the turn of one of them is to come. */
function isWaited({ status }: ClusterStage, name: string, names: readonly string[]): boolean {
  if (!names.includes(name)) return false;
  const progress = status?.progress?.nodes?.find((node) => node.name === name);
  return progress !== undefined && progress.current === undefined && (progress.completed ?? []).length === 0;
}

/** Two that look at the same moment must not both find that nobody is out. */
function goesFirst(other: ClusterStage, self: ClusterStage, name: string): boolean {
  const { run, progress } = other.status ?? {};
  if (run === undefined || !takesOut(run.stage) || other.metadata.deletionTimestamp !== undefined) return false;
  const node = progress?.nodes?.find((each) => each.name === name);
  if (node?.current !== undefined) return true;
  return isNext(other, node) && isElder(ageOf(other), ageOf(self));
}

/** Nothing but its turn keeps it from beginning. */
function isNext({ spec }: ClusterStage, node: ClusterStageProgressNode | undefined): boolean {
  const free = spec.scope !== 'Cluster' && spec.paused !== true && spec.window === undefined;
  return free && (node?.completed ?? []).length === 0;
}

function ageOf({ metadata, status }: ClusterStage): { readonly uid: string; readonly since: string } {
  return { uid: metadata.uid ?? '', since: status?.run?.startTime ?? '' };
}
