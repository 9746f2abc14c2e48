import { agentJobs } from '../../crds/types/agentjob.ts';
import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import { rollingUpgrades, type RollingUpgrade } from '../../crds/types/rollingupgrade.ts';
import type { Client } from '../../kube/client.ts';
import type { Clock } from '../../kube/clock.ts';
import type { Controller } from '../../kube/controller.ts';
import type { EventRecorder } from '../../kube/events.ts';
import type { Manager } from '../../kube/manager.ts';
import { joinKey, keyOf } from '../../kube/objects.ts';
import { OwnWrites } from '../../kube/ownwrites.ts';
import type { Change } from '../../kube/reflector.ts';
import type { ReadStore } from '../../kube/store.ts';
import { ParentMemories } from '../shared/children/memory.ts';
import type { ClaimsWorld } from '../shared/claims.ts';
import { wakeNext } from '../shared/open-claims.ts';
import { isOfKind, makerIndexer, parentOf } from '../shared/parents.ts';
import type { Engines } from './engine/engines.ts';
import { upgradeFiguresOf } from './figures.ts';
import { hostsOf, upgradeIndexers } from './indexers.ts';
import { isOver, rollingUpgradeKind } from './known-kind.ts';
import { addUpgradeMetrics } from './metrics.ts';
import { isFinished } from './phases.ts';
import { reconcilerOf } from './reconcile.ts';

export interface RollingUpgradeOptions {
  /** The client for all that this kind does; the manager's, unless a test breaks it on purpose. */
  readonly client?: Client;
  readonly engines: Engines;
  readonly events: EventRecorder;
  readonly clock: Clock;
  /** What all kinds of this process share to claim hosts. */
  readonly claims: ClaimsWorld;
  /** Only upgrades of this namespace; all when absent. */
  readonly namespace?: string;
}

/** Adds the RollingUpgrade kind to a manager: its caches, what wakes an upgrade, its controller. */
export function addRollingUpgrade(manager: Manager, options: RollingUpgradeOptions): Controller {
  const { claims, engines, events, clock, namespace } = options;
  const client = options.client ?? manager.client;
  const scope = namespace === undefined ? {} : { namespace };
  const upgrades = manager.cache(rollingUpgrades, { ...scope, indexers: upgradeIndexers });
  const tasks = manager.cache(agentTasks, { ...scope, indexers: makerIndexer });
  const jobs = manager.cache(agentJobs, scope);
  const figures = () => upgradeFiguresOf(upgrades.store.list(), clock.now());
  const counts = addUpgradeMetrics(manager.metrics.registry, figures);
  const memories = new ParentMemories();
  const reconciler = reconcilerOf({
    ...claims,
    client,
    upgrades: upgrades.store,
    tasks: tasks.store,
    agentJobs: jobs.store,
    memories,
    engines,
    ownWrites: new OwnWrites(),
    clock,
    events,
    counts,
  });
  const controller = manager.controller({
    name: 'rollingupgrade',
    reconcile: async (key, pass) => reconciler.reconcile(key, pass),
    onTerminal: async (key, error, pass) => reconciler.fail(key, error, pass),
  });
  const enqueue = (key: string): void => controller.queue.add(key);
  claims.kinds.add(rollingUpgradeKind(upgrades.store, enqueue));

  upgrades.onChange((change) => {
    enqueue(change.key);
    wakeOthers(change, { upgrades: upgrades.store, tasks: tasks.store, claims, enqueue });
    claims.kinds.wakeRelatives(change);
  });
  tasks.onChange(({ type, object }) => {
    const parent = parentOf(object);
    if (parent === undefined || !isOfKind(parent, rollingUpgrades)) return;
    const key = joinKey({ ...object.metadata, name: parent.name });
    if (type === 'deleted') memories.childGone(key, object.metadata.name);
    enqueue(key);
  });
  jobs.onChange(({ key }) => {
    for (const upgrade of upgrades.store.byIndex('job', key)) enqueue(keyOf(upgrade));
  });
  return controller;
}

interface Others {
  readonly upgrades: ReadStore<RollingUpgrade>;
  readonly tasks: ReadStore<AgentTask>;
  readonly claims: ClaimsWorld;
  readonly enqueue: (key: string) => void;
}

/** Who waits for this upgrade, or must not begin under it any more. */
function wakeOthers(change: Change<RollingUpgrade>, others: Others): void {
  const { type, object, previous } = change;
  if (type === 'deleted' || isFinished(object)) wakeRivals(object, others);
  if (leftQueue(change)) for (const host of hostsOf(object)) wakeNext(host, [], others.claims);
  if (previous !== undefined && !isOver(previous) && isOver(object)) wakeChildren(object, others);
}

function wakeRivals({ metadata, spec, status }: RollingUpgrade, { upgrades, enqueue }: Others): void {
  const ofCluster = upgrades.byIndex('cluster', status?.clusterUUID ?? '');
  for (const rival of [...upgrades.byIndex('number', spec.serviceGroupInstanceNo), ...ofCluster])
    if (rival.metadata.uid !== metadata.uid && !isFinished(rival)) enqueue(keyOf(rival));
}

/** Without having claimed its machines (paused, stopped, deleted), it makes way for the next. */
function leftQueue({ type, object, previous }: Change<RollingUpgrade>): boolean {
  const waited = previous?.status?.phase === 'Pending';
  return waited && (type === 'deleted' || object.status?.phase !== 'Pending' || object.spec.paused === true);
}

function wakeChildren({ metadata }: RollingUpgrade, { tasks, claims }: Others): void {
  for (const task of tasks.byIndex('maker', metadata.uid ?? ''))
    claims.kinds.wake({ kind: agentTasks.kind, key: keyOf(task) });
}
