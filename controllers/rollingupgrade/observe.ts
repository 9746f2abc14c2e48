import type { AgentJob } from '../../crds/types/agentjob.ts';
import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import type { RollingUpgrade } from '../../crds/types/rollingupgrade.ts';
import type { Client } from '../../kube/client.ts';
import { getIfThere } from '../../kube/ifthere.ts';
import { joinKey, keyOf } from '../../kube/objects.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { ParentMemories, ParentMemory } from '../shared/children/memory.ts';
import { presenceOf, type Presence } from '../shared/children/presence.ts';
import { observeClaims, type Claims, type ClaimsWorld } from '../shared/claims.ts';
import { outsideTrouble, type OutsideTrouble } from '../shared/outside/troubles.ts';
import { isElder } from '../shared/turns.ts';
import type { ClusterLook, Explanation, IndexFacts, SearchEngine, ShardCopy, Survey } from './engine/engine.ts';
import { closenessFor } from './closeness.ts';
import type { Engines } from './engine/engines.ts';
import { hostsOf } from './indexers.ts';
import { isFinished, isRunning } from './phases.ts';
import { isFinal } from './settled.ts';
import { taskName } from './task.ts';

/** The world as far as one RollingUpgrade cares; read once per pass, never changed. */
export interface Observed {
  readonly upgrade: RollingUpgrade;
  readonly claims: Claims;
  /** An upgrade of the same number, or of the same cluster, that goes first: it has begun, or is older. */
  readonly rival: RollingUpgrade | undefined;
  /** The AgentJob that replaces the software is there. */
  readonly jobThere: boolean;
  readonly child: ChildView;
  /** All tasks that it made. */
  readonly children: readonly AgentTask[];
  readonly sight: Sight;
}

/** The task of the node that is being upgraded. */
export interface ChildView {
  readonly is: Presence;
  /** Only where it is there. */
  readonly task?: AgentTask;
  /** Why the API server refused to make it the last time. */
  readonly refusal: ParentMemory['refusal'];
}

/** What is seen of the search cluster; `copies` and what follows only where they are needed. */
export type Sight = { readonly is: 'not asked' } | { readonly is: 'hidden'; readonly trouble: OutsideTrouble } | Seen;

export interface Seen {
  readonly is: 'seen';
  readonly look: ClusterLook;
  readonly indices: readonly IndexFacts[];
  readonly copies: readonly ShardCopy[];
  readonly explanations: readonly Explanation[];
  /** Names of those that are being taken; asked for before a node is stopped. */
  readonly snapshots: readonly string[];
  /** Of the one that is taken before the first node; undefined: it was not begun. */
  readonly snapshotState?: string;
  /** Before the start only. */
  readonly survey?: Survey;
}

export interface World extends ClaimsWorld {
  readonly client: Client;
  readonly upgrades: ReadStore<RollingUpgrade>;
  readonly tasks: ReadStore<AgentTask>;
  readonly agentJobs: ReadStore<AgentJob>;
  readonly memories: ParentMemories;
  readonly engines: Engines;
}

export async function observe(upgrade: RollingUpgrade, world: World): Promise<Observed> {
  const { metadata, spec } = upgrade;
  const pending = !isFinished(upgrade) && !isRunning(upgrade);
  const job = { ...metadata, name: spec.members.hosts.taskTemplate.jobRef.name };
  const sight = await lookAt(upgrade, world);
  return {
    upgrade,
    claims: observeClaims(upgrade, pending ? hostsOf(upgrade) : [], world),
    rival: rivalOf(upgrade, sight, world.upgrades),
    jobThere: world.agentJobs.get(joinKey(job)) !== undefined,
    child: await observeChild(upgrade, world),
    children: world.tasks.byIndex('maker', metadata.uid ?? ''),
    sight,
  };
}

/** Whoever calls the cluster by another number, or asks it elsewhere, works on the same one. */
function rivalOf(
  upgrade: RollingUpgrade,
  sight: Sight,
  upgrades: ReadStore<RollingUpgrade>,
): RollingUpgrade | undefined {
  const ofCluster = sight.is === 'seen' ? upgrades.byIndex('cluster', sight.look.uuid) : [];
  const others = [...upgrades.byIndex('number', upgrade.spec.serviceGroupInstanceNo), ...ofCluster].filter(
    (other) => other.metadata.uid !== upgrade.metadata.uid && !isFinished(other) && other.spec.dryRun !== true,
  );
  const wanting = others.filter(({ spec }) => spec.paused !== true);
  return others.find(isRunning) ?? wanting.find((other) => isElder(age(other), age(upgrade)));
}

function age({ metadata }: RollingUpgrade): { readonly since: string; readonly uid: string } {
  return { since: metadata.creationTimestamp ?? '', uid: metadata.uid ?? '' };
}

async function observeChild(upgrade: RollingUpgrade, { client, tasks, memories }: World): Promise<ChildView> {
  const { current } = upgrade.status ?? {};
  const { namespace, uid = '' } = upgrade.metadata;
  const memory = memories.of(keyOf(upgrade), uid);
  const { refusal } = memory;
  if (current === undefined || isFinished(upgrade)) return { is: 'unmade', refusal };
  const name = taskName(upgrade, current.node);
  const key = { ...(namespace === undefined ? {} : { namespace }), name };
  // The caches of upgrades and of tasks may be at different moments: that a task is not there is believed of the API
  // server alone.
  const found =
    tasks.get(joinKey(key)) ?? (current.step === 'Replacing' ? await getIfThere(client, agentTasks, key) : undefined);
  const is = presenceOf(found, upgrade, name, memory, current.made === true);
  return { is, refusal, ...(is === 'there' && found !== undefined ? { task: found } : {}) };
}

async function lookAt(upgrade: RollingUpgrade, { client, engines }: World): Promise<Sight> {
  const closeness = closenessFor(upgrade);
  if (closeness === 'not') return { is: 'not asked' };
  try {
    const engine = await engines.of(upgrade, client);
    const look = await engine.look();
    const seen = { is: 'seen', look, indices: [], copies: [], explanations: [], snapshots: [] } as const;
    if (closeness === 'membership') return seen;
    if (closeness === 'snapshot') return { ...seen, ...(await snapshotOf(upgrade, engine)) };
    if (closeness === 'preflight') return { ...seen, survey: await engine.survey(upgrade.spec.snapshot?.repository) };
    const step = upgrade.status?.current?.step;
    const copies = await engine.copies();
    // Frozen, copies are nowhere for the reason that we know.
    const explanations = step === 'Freezing' ? [] : await explain(engine, copies);
    if (step === 'Settling') return { ...seen, copies, explanations };
    const indices = await engine.indices();
    return { ...seen, indices, copies, explanations, snapshots: await engine.runningSnapshots() };
  } catch (error) {
    const trouble = outsideTrouble(error);
    if (trouble === undefined) throw error;
    return { is: 'hidden', trouble };
  }
}

async function snapshotOf(
  { spec, status }: RollingUpgrade,
  engine: SearchEngine,
): Promise<Pick<Seen, 'snapshotState'>> {
  const { repository } = spec.snapshot ?? {};
  const { name } = status?.snapshotTaken ?? {};
  if (repository === undefined || name === undefined) return {};
  const snapshotState = await engine.snapshotState(repository, name);
  return snapshotState === undefined ? {} : { snapshotState };
}

/** Goes no further than to the first copy that may still be placed: then the others do not matter. */
async function explain(engine: SearchEngine, copies: readonly ShardCopy[]): Promise<readonly Explanation[]> {
  const explanations: Explanation[] = [];
  for (const copy of copies.filter(({ state }) => state === 'UNASSIGNED')) {
    const explanation = await engine.explain(copy);
    // Placed meanwhile, or gone: what the next look finds counts.
    if (explanation === undefined) return explanations;
    explanations.push(explanation);
    if (!isFinal(explanation)) return explanations;
  }
  return explanations;
}
