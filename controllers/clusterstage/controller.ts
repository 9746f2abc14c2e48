import { clusterStageName } from '../../crds/labels.ts';
import { agentTasks } from '../../crds/types/agenttask.ts';
import { clusterStages } from '../../crds/types/clusterstage.ts';
import type { Client } from '../../kube/client.ts';
import type { Clock } from '../../kube/clock.ts';
import type { Controller } from '../../kube/controller.ts';
import { podDisruptionBudgets } from '../../kube/disruption.ts';
import type { EventRecorder } from '../../kube/events.ts';
import type { Manager } from '../../kube/manager.ts';
import { keyOf } from '../../kube/objects.ts';
import { OwnWrites } from '../../kube/ownwrites.ts';
import { csiStorageCapacities, persistentVolumes, volumeAttachments } from '../../kube/storage.ts';
import { pods } from '../../kube/workloads.ts';
import { ParentMemories } from '../shared/children/memory.ts';
import type { ClaimsWorld } from '../shared/claims.ts';
import { nodeCache } from '../shared/nodes.ts';
import { isOfKind, makerIndexer, parentOf } from '../shared/parents.ts';
import { ControlPlaneTurn } from './control-plane-turn.ts';
import { EvictionTurns } from './eviction-turns.ts';
import { figuresOf } from './figures.ts';
import { attachmentIndexers, budgetIndexers, nodeIndexers, podIndexers, stageIndexers } from './indexers.ts';
import { clusterStageKind } from './known-kind.ts';
import { EvictionMemory } from './memory.ts';
import { addStageMetrics } from './metrics.ts';
import { hasToGo, slimPod } from './pods.ts';
import { reconcilerOf, restOf, type Workplace } from './reconcile.ts';
import { Trials } from './trials.ts';

export interface ClusterStageOptions {
  /** The client for all that this kind does; the manager's, unless a test breaks it on purpose. */
  readonly client?: Client;
  readonly events: EventRecorder;
  readonly clock: Clock;
  /** What all kinds of this process share to claim hosts. */
  readonly claims: ClaimsWorld;
  /** Asks what is wrong with the API server and its store, before a node of the control plane goes out of service. */
  readonly serverTrouble: (now: Date) => Promise<string | undefined>;
  /** The node that this process runs on, where that is known: it goes last. */
  readonly ownNode: string | undefined;
}

/** Adds the ClusterStage kind to a manager: its caches, what wakes a stage, its controller. */
export function addClusterStage(manager: Manager, options: ClusterStageOptions): Controller {
  const { events, clock, claims, serverTrouble, ownNode } = options;
  const client = options.client ?? manager.client;
  const stages = manager.cache(clusterStages, { indexers: stageIndexers });
  const nodes = nodeCache(manager);
  nodes.index(nodeIndexers);
  const podCache = manager.cache(pods, { indexers: podIndexers, transform: slimPod, pageSize: 500 });
  const budgets = manager.cache(podDisruptionBudgets, { indexers: budgetIndexers });
  const attachments = manager.cache(volumeAttachments, { indexers: attachmentIndexers });
  const volumes = manager.cache(persistentVolumes, { optional: true });
  const tasks = manager.cache(agentTasks, { indexers: makerIndexer });
  const place: Workplace = {
    ...claims,
    client,
    events,
    clock,
    stages: stages.store,
    nodes: nodes.store,
    pods: podCache.store,
    budgets: budgets.store,
    attachments: attachments.store,
    volumes: volumes.store,
    tasks: tasks.store,
    // They wake nobody: the storage of the cluster is looked at once a minute.
    capacities: manager.cache(csiStorageCapacities, { optional: true }).store,
    memories: new ParentMemories(),
    evictions: new EvictionMemory(),
    evictionTurns: new EvictionTurns(),
    trials: new Trials(),
    controlPlaneTurn: new ControlPlaneTurn(),
    ownWrites: new OwnWrites(),
    serverTrouble,
    ownNode,
  };
  addStageMetrics(manager.metrics.registry, () => figuresOf(stages.store.list(), nodes.store.list(), clock.now()));
  const reconciler = reconcilerOf(place);
  const controller = manager.controller({
    name: 'clusterstage',
    reconcile: async (key, pass) => {
      const rest = restOf(key, place);
      return rest > 0 ? { requeueAfter: rest } : reconciler.reconcile(key, pass);
    },
    onTerminal: async (key, error, pass) => reconciler.fail(key, error, pass),
  });
  claims.kinds.add(clusterStageKind(stages.store, (key) => controller.queue.add(key)));

  const wakeAt = (node: string | undefined): void => {
    if (node === undefined || node === '') return;
    for (const stage of stages.store.byIndex('node', node)) controller.queue.add(keyOf(stage));
  };
  stages.onChange((change) => {
    controller.queue.add(change.key);
    // It may wait until this node has joined the cluster.
    if (change.object.spec.scope !== 'Cluster') controller.queue.add(clusterStageName);
    claims.kinds.wakeRelatives(change);
  });
  nodes.onChange(({ object }) => {
    wakeAt(object.metadata.name);
    // Which nodes there are, and what storage they have.
    controller.queue.add(clusterStageName);
  });
  podCache.onChange(({ type, object }) => {
    if (type === 'deleted') place.evictions.forget(object.metadata.uid ?? '');
    if (!hasToGo(object)) return;
    wakeAt(object.spec?.nodeName);
    wakeAt(object.status?.nominatedNodeName);
  });
  attachments.onChange(({ object }) => wakeAt(object.spec?.nodeName));
  budgets.onChange(() => {
    for (const stage of stages.store.byIndex('draining', 'now')) controller.queue.add(keyOf(stage));
  });
  tasks.onChange(({ type, object }) => {
    const parent = parentOf(object);
    if (parent === undefined || !isOfKind(parent, clusterStages)) return;
    if (type === 'deleted') place.memories.childGone(parent.name, object.metadata.name);
    controller.queue.add(parent.name);
  });
  return controller;
}
