import type { Logger } from 'pino';

import { agentJobs } from '../../crds/types/agentjob.ts';
import { highestId } from '../../crds/ids.ts';
import { idCounterName } from '../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import { deployGroups } from '../../crds/types/deploygroup.ts';
import type { Client } from '../../kube/client.ts';
import type { Clock } from '../../kube/clock.ts';
import type { Controller } from '../../kube/controller.ts';
import type { EventRecorder } from '../../kube/events.ts';
import { IdCounter } from '../../kube/ids.ts';
import type { Manager } from '../../kube/manager.ts';
import { joinKey, keyOf } from '../../kube/objects.ts';
import { OwnWrites } from '../../kube/ownwrites.ts';
import type { Change } from '../../kube/reflector.ts';
import type { ClaimsWorld } from '../shared/claims.ts';
import { wakeNext } from '../shared/open-claims.ts';
import { isOfKind, parentOf } from '../shared/parents.ts';
import { ParentMemories } from '../shared/children/memory.ts';
import { runFiguresOf } from './batches/figures.ts';
import { addRunMetrics } from './batches/metrics.ts';
import { hostsOf } from '../../crds/host-results.ts';
import { sweepRuns } from './run/housekeeping.ts';
import { taskIndexers } from './indexers.ts';
import { isFinished } from './phases.ts';
import { agentTaskKind } from './known-kind.ts';
import { RunLogWriter } from './run/log-writer.ts';
import type { Limits } from './limits.ts';
import { RunPlaces, type RunPlace } from './run/places.ts';
import { reconcilerOf, type Workplace } from './reconcile.ts';

export interface AgentTaskOptions {
  /** The client for all that this kind does; the manager's, unless a test breaks it on purpose. */
  readonly client?: Client;
  /** The ways to run tasks; the first is what `executor: auto` means. */
  readonly places: readonly RunPlace[];
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Logger;
  /** What all kinds of this process share to claim hosts. */
  readonly claims: ClaimsWorld;
  /** Where the counter of ids lives: one namespace for all tasks of the cluster. */
  readonly systemNamespace: string;
  readonly limits: Limits;
  /** Only tasks of this namespace; all when absent. */
  readonly namespace?: string;
}

/**
 * Adds the AgentTask kind to a manager: its caches, what wakes a task, its controller, and the removal of files that no
 * task owns.
 */
export function addAgentTask(manager: Manager, options: AgentTaskOptions): Controller {
  const { events, clock, claims, systemNamespace, namespace } = options;
  const client = options.client ?? manager.client;
  const scope = namespace === undefined ? {} : { namespace };
  const tasks = manager.cache(agentTasks, { ...scope, indexers: taskIndexers });
  const content = manager.cache(agentJobs, scope);
  const groups = manager.cache(deployGroups, scope);
  const places = new RunPlaces(options.places);
  const place: Workplace = {
    ...options,
    ...claims,
    client,
    places,
    tasks: tasks.store,
    agentJobs: content.store,
    groups: groups.store,
    logs: new RunLogWriter({ client, events, clock }),
    ids: new IdCounter(client, systemNamespace, idCounterName, () => highestId(agentTasks, { client, namespace })),
    memories: new ParentMemories(),
    ownWrites: new OwnWrites(),
    enqueue: (key) => controller.queue.add(key),
  };
  const reconciler = reconcilerOf(place);
  const controller = manager.controller({
    name: 'agenttask',
    reconcile: async (key, pass) => reconciler.reconcile(key, pass),
    onTerminal: async (key, error, pass) => reconciler.fail(key, error, pass),
  });
  addRunMetrics(manager.metrics.registry, () => runFiguresOf(tasks.store.list(), clock.now()));
  claims.kinds.add(agentTaskKind(tasks.store, place.enqueue));

  tasks.onChange((change) => {
    // Before any worker starts, so that a restart does not put new runs on top of those under way.
    const { phase, run } = change.object.status ?? {};
    const runPlace = phase === 'Running' && run !== undefined ? places.of(change.object) : undefined;
    if (runPlace !== undefined && run?.location === runPlace.of(change.object).location)
      runPlace.slots.occupy(change.key);
    controller.queue.add(change.key);
    wakeSuccessors(change, claims);
    forgetUnseen(change, place.memories);
    claims.kinds.wakeRelatives(change);
    for (const task of tasks.store.byIndex('undoes', change.key))
      if (!isFinished(task)) controller.queue.add(keyOf(task));
  });
  content.onChange(({ key }) => {
    for (const task of tasks.store.byIndex('job', key)) controller.queue.add(keyOf(task));
  });
  groups.onChange(({ key }) => {
    for (const task of tasks.store.byIndex('group', key)) if (!isFinished(task)) controller.queue.add(keyOf(task));
  });
  for (const { all } of places) {
    manager.whileLeading((signal) =>
      sweepRuns(
        { executor: all, tasks: tasks.store, client, log: options.log },
        (id) => controller.queue.add(id),
        signal,
      ),
    );
  }
  return controller;
}

/** Somebody may have taken a child away, finalizer and all, before a pass of its parent saw it. */
function forgetUnseen({ type, object }: Change<AgentTask>, memories: ParentMemories): void {
  const parent = type === 'deleted' ? parentOf(object) : undefined;
  if (parent !== undefined && isOfKind(parent, agentTasks))
    memories.childGone(joinKey({ ...object.metadata, name: parent.name }), object.metadata.name);
}

/** A task that leaves the queue without having claimed its hosts (paused, stopped, deleted) makes way for the next. */
function wakeSuccessors({ type, object, previous }: Change<AgentTask>, claims: ClaimsWorld): void {
  const left =
    previous?.status?.phase === 'Pending' &&
    (type === 'deleted' || object.status?.phase !== 'Pending' || object.spec.paused === true);
  if (!left) return;
  const within = claims.kinds.ancestorsOf(object);
  for (const host of hostsOf(object)) wakeNext(host, within, claims);
}
