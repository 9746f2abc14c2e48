import { hash } from 'node:crypto';

import { clusterStageName } from '../../crds/labels.ts';
import { stageOf } from '../../crds/stages.ts';
import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import type {
  ClusterStage,
  ClusterStageCapacity,
  ClusterStageProgressNode,
  ClusterStageSpec,
} from '../../crds/types/clusterstage.ts';
import type { Node } from '../../kube/builtin.ts';
import type { PodDisruptionBudget } from '../../kube/disruption.ts';
import { getIfThere } from '../../kube/ifthere.ts';
import { joinKey, keyOf } from '../../kube/objects.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { CSIStorageCapacity } from '../../kube/storage.ts';
import type { ChildRefusal, ParentMemories, ParentMemory } from '../shared/children/memory.ts';
import { isChildOf } from '../shared/children/naming.ts';
import { isHeld, presenceOf, type Presence } from '../shared/children/presence.ts';
import { observeClaims, type Claims, type ClaimsWorld } from '../shared/claims.ts';
import { BudgetCounts } from './budgets.ts';
import { capacityOf } from './capacity.ts';
import { controlPlaneOf, type ControlPlaneWorld } from './control-plane-view.ts';
import type { Refusal } from './drain.ts';
import { lastLook } from './last-look.ts';
import { markOf, type Mark } from './marks.ts';
import { podsOfNode, type NodePods, type NodePodsWorld } from './node-pods.ts';
import { readiness } from './node-state.ts';
import { once } from './once.ts';
import { isJoining } from './stage-steps.ts';
import { taskName } from './task.ts';
import type { Trials } from './trials.ts';
import type { ControlPlane } from './turns/control-plane.ts';
import { inTurn } from './turns/order.ts';

/** The world as far as one ClusterStage cares; read once per pass, never changed. */
export interface Observed {
  readonly stage: ClusterStage;
  /** Of what is asked for: when it is another one than that of status.run, something new begins. */
  readonly digest: string;
  /** Names of the nodes that something new would be about: those that it has already first, then in their turn. */
  readonly targets: readonly string[];
  /** By name: the nodes that it is about now, or would be, and those that it has out. */
  readonly nodes: ReadonlyMap<string, NodeView>;
  /** Hosts that it has claimed. */
  readonly held: readonly string[];
  /** Tasks of what was begun before, which have not ended. */
  readonly formerTasks: readonly AgentTask[];
  /** Tasks that have ended, and wait until that is recorded. */
  readonly endedTasks: readonly AgentTask[];
  readonly refusal: ChildRefusal | undefined;
  /** Evictions that may be begun now. */
  readonly evictions: number;
  /** With spec.dryRun, by UID, why the API server would not let pods go now. */
  readonly tried: ReadonlyMap<string, Refusal>;
  readonly controlPlane: ControlPlane;
  /** The node that this process runs on; undefined where nobody told. */
  readonly ownNode: string | undefined;
  /** Absent when it is not time to look. */
  readonly capacity: ClusterStageCapacity | undefined;
}

/** One node. */
export interface NodeView extends NodePods {
  readonly name: string;
  /** Undefined when there is none of this name. */
  readonly node: Node | undefined;
  readonly mark: Mark | 'unreadable' | undefined;
  readonly ready: boolean;
  /** Nothing was heard of it for a while: pods on it may live on, though they are deleted. */
  readonly unreachable: boolean;
  readonly held: boolean;
  /** Of a node that is not held yet. */
  readonly claims: Claims | undefined;
  /** The stage in which it joins the cluster, by its own ClusterStage; undefined when it does not, or has joined. */
  readonly joining: string | undefined;
  readonly task: { readonly name: string; readonly is: Presence; readonly child: AgentTask | undefined };
}

/** Where `observe` looks. Caches are indexed as `indexers.ts` says. */
export interface World extends ClaimsWorld, ControlPlaneWorld, NodePodsWorld {
  readonly budgets: ReadStore<PodDisruptionBudget>;
  readonly tasks: ReadStore<AgentTask>;
  readonly capacities: ReadStore<CSIStorageCapacity>;
  readonly memories: ParentMemories;
  readonly trials: Trials;
  readonly ownNode: string | undefined;
}

const finished: ReadonlySet<string | undefined> = new Set(['Succeeded', 'PartlySucceeded', 'Failed', 'Stopped']);

/** Whether a task has come to its end, as its own controller says. */
export function hasEnded({ status }: AgentTask): boolean {
  return finished.has(status?.phase);
}

export async function observe(stage: ClusterStage, now: Date, world: World): Promise<Observed> {
  const { uid = '' } = stage.metadata;
  const memory = world.memories.of(keyOf(stage), uid);
  const progress = new Map((stage.status?.progress?.nodes ?? []).map((node) => [node.name, node]));
  const last = await lastLook(stage, world);
  const out = [...last.out.keys(), ...world.nodes.byIndex('holder', uid).map(({ metadata }) => metadata.name)];
  const held = [...new Set([...last.held, ...observeClaims(stage, [], world).held])];
  const targets = targetsOf(stage, [...new Set([...out, ...held])], world);
  const names = new Set([...progress.keys(), ...out, ...targets, ...held]);
  const counts = new BudgetCounts(world.budgets, world.pods, ({ metadata }) => world.evictions.isLeaving(metadata.uid));
  const heldNames = new Set(held);
  const views = new Map(
    // The API server may have to be asked about many of them.
    await Promise.all(
      [...names].map(async (name): Promise<[string, NodeView]> => {
        const node = last.out.get(name) ?? world.nodes.get(name);
        const sight = { stage, name, node, progress: progress.get(name), held: heldNames, memory, now, counts };
        return [name, await viewOfNode(sight, world)];
      }),
    ),
  );
  const children = world.tasks.byIndex('maker', uid).filter((child) => isChildOf(child, stage));
  const current = new Set([...views.values()].map(({ task }) => task.name));
  return {
    stage,
    digest: digestOf(stage.spec),
    targets,
    nodes: views,
    held,
    formerTasks: children.filter((child) => !current.has(child.metadata.name) && !hasEnded(child)),
    endedTasks: children.filter((child) => hasEnded(child) && isHeld(child)),
    refusal: memory.refusal,
    evictions: world.evictions.room,
    tried: stage.spec.dryRun === true ? await triedOf(targets, views, now, world) : new Map(),
    controlPlane: await controlPlaneOf(stage, [...names], now, world),
    ownNode: world.ownNode,
    capacity: stage.metadata.name === clusterStageName ? capacityIn(world) : undefined,
  };
}

function capacityIn({ capacities, volumes, nodes, pods }: World): ClusterStageCapacity {
  return capacityOf({
    capacities: capacities.list(),
    volumes: volumes.list(),
    nodes: nodes.list(),
    pods: pods.list(),
  });
}

async function triedOf(
  targets: readonly string[],
  views: ReadonlyMap<string, NodeView>,
  now: Date,
  { client, trials }: World,
): Promise<ReadonlyMap<string, Refusal>> {
  const pods = targets.flatMap((name) => views.get(name)?.pods ?? []);
  return trials.of(client, pods, now);
}

/** What makes something new of a spec. How it is done may change on the way. */
function digestOf({ stage, data, requestID, nodeSelector, upgrade }: ClusterStageSpec): string {
  return hash('sha256', JSON.stringify([stage, data, requestID, nodeSelector, upgrade])).slice(0, 16);
}

function targetsOf(
  { metadata, spec }: ClusterStage,
  out: readonly string[],
  { nodes, stages, ownNode }: World,
): readonly string[] {
  if (spec.stage === 'running') return out.toSorted();
  if (spec.scope !== 'Cluster') return [metadata.name];
  const wanted = Object.entries(spec.nodeSelector ?? {});
  const known = new Set(out);
  const selected = [...nodes.list()].filter(
    (node) =>
      !known.has(node.metadata.name) &&
      (spec.stage !== 'expanding' || joiningStage(node.metadata.name, { stages }) !== undefined) &&
      wanted.every(([key, value]) => node.metadata.labels?.[key] === value),
  );
  return [...out.toSorted(), ...inTurn(selected, spec.perZone, ownNode)];
}

interface Sight {
  readonly stage: ClusterStage;
  readonly name: string;
  readonly node: Node | undefined;
  readonly progress: ClusterStageProgressNode | undefined;
  readonly held: ReadonlySet<string>;
  readonly memory: ParentMemory;
  readonly now: Date;
  readonly counts: BudgetCounts;
}

async function viewOfNode(sight: Sight, world: World): Promise<NodeView> {
  const { stage, name, node, progress, held, now, counts } = sight;
  const mine = held.has(name);
  const task = await taskOfNode(sight, world);
  const unmade = task.is === 'unmade';
  const here = await podsOfNode({ stage, name, node, progress, counts, now, unmade }, world);
  const claims = once(() => observeClaims(stage, [name], world));
  return {
    name,
    node,
    mark: node === undefined ? undefined : markOf(node),
    ready: node !== undefined && readiness(node) === 'True',
    unreachable: node !== undefined && readiness(node) === 'Unknown',
    held: mine,
    get claims() {
      return mine ? undefined : claims();
    },
    seenEmpty: here.seenEmpty,
    get pods() {
      return here.pods;
    },
    get refused() {
      return here.refused;
    },
    get attached() {
      return here.attached;
    },
    joining: joiningStage(name, world),
    task,
  };
}

function joiningStage(node: string, { stages }: Pick<World, 'stages'>): string | undefined {
  const own = stages.get(node);
  if (own === undefined || own.spec.scope === 'Cluster') return undefined;
  const stage = stageOf(own);
  return isJoining(stage) ? stage : undefined;
}

async function taskOfNode(
  { stage, name: node, progress, memory }: Sight,
  { tasks, client }: World,
): Promise<NodeView['task']> {
  const name = taskName(stage, stage.status?.run?.id ?? 0, node);
  const namespace = stage.spec.upgrade?.taskTemplate.namespace;
  if (namespace === undefined) return { name, is: 'unmade', child: undefined };
  const recorded = progress?.task?.name === name;
  let child = tasks.get(joinKey({ namespace, name }));
  // The caches of parent and child are two: that one is gone is believed of the API server alone.
  if (child === undefined && recorded && progress?.task?.result === undefined)
    child = await getIfThere(client, agentTasks, { namespace, name });
  const is = presenceOf(child, stage, name, memory, recorded);
  return { name, is, child: is === 'there' ? child : undefined };
}
