import type { Logger } from 'pino';

import { agentJobs } from '../../crds/types/agentjob.ts';
import { idCounterName, idOf } from '../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import { leases } from '../../kube/builtin.ts';
import { listAll, type Client } from '../../kube/client.ts';
import type { Clock } from '../../kube/clock.ts';
import type { Controller } from '../../kube/controller.ts';
import type { EventRecorder } from '../../kube/events.ts';
import { IdCounter } from '../../kube/ids.ts';
import type { Manager } from '../../kube/manager.ts';
import { keyOf } from '../../kube/objects.ts';
import { OwnWrites } from '../../kube/ownwrites.ts';
import type { Change } from '../../kube/reflector.ts';
import type { ReadStore } from '../../kube/store.ts';
import { claimLabel, HostClaims, parseClaim } from '../shared/hostclaims.ts';
import { parentOf } from './composite/children.ts';
import { ParentNotes } from './composite/notes.ts';
import { sweepRuns } from './run/housekeeping.ts';
import { claimIndexers, taskIndexers } from './indexers.ts';
import { RunLogWriter } from './run/log-writer.ts';
import { eldestWaiting } from './observe.ts';
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
  /** Where the Leases that claim hosts and the counter of ids live: one namespace for all tasks of the cluster. */
  readonly claimsNamespace: string;
  readonly limits: Limits;
  /** Only tasks of this namespace; all when absent. */
  readonly namespace?: string;
}

/** Adds the AgentTask kind to a manager: its caches, what wakes a task, its controller, and the removal of files that no task owns. */
export function addAgentTask(manager: Manager, options: AgentTaskOptions): Controller {
  const { events, clock, claimsNamespace, namespace } = options;
  const client = options.client ?? manager.client;
  const scope = namespace === undefined ? {} : { namespace };
  const tasks = manager.cache(agentTasks, { ...scope, indexers: taskIndexers });
  const jobs = manager.cache(agentJobs, scope);
  const claims = manager.cache(leases, {
    namespace: claimsNamespace,
    labelSelector: claimLabel,
    indexers: claimIndexers,
  });
  const places = new RunPlaces(options.places);
  const place: Workplace = {
    ...options,
    client,
    places,
    tasks: tasks.store,
    jobs: jobs.store,
    leases: claims.store,
    hostClaims: new HostClaims(client, claimsNamespace),
    logs: new RunLogWriter({ client, events, clock }),
    ids: new IdCounter(client, claimsNamespace, idCounterName, () => highestId(client, scope)),
    notes: new ParentNotes(),
    ownWrites: new OwnWrites(),
    enqueue: (key) => controller.queue.add(key),
  };
  const reconciler = reconcilerOf(place);
  const controller = manager.controller({
    name: 'agenttask',
    reconcile: async (key, pass) => reconciler.reconcile(key, pass),
    onTerminal: async (key, error, pass) => reconciler.fail(key, error, pass),
  });

  tasks.onChange((change) => {
    // Before any worker starts, so that a restart does not put new runs on top of those under way.
    const { phase, run } = change.object.status ?? {};
    const runPlace = phase === 'Running' && run !== undefined ? places.of(change.object) : undefined;
    if (runPlace !== undefined && run?.location === runPlace.of(change.object).location)
      runPlace.slots.occupy(change.key);
    controller.queue.add(change.key);
    wakeSuccessors(change, tasks.store, place.enqueue);
    wakeRelatives(change, tasks.store, place);
  });
  jobs.onChange(({ key }) => {
    for (const task of tasks.store.byIndex('job', key)) controller.queue.add(keyOf(task));
  });
  claims.onChange(({ type, object }) => {
    const claim = type === 'deleted' ? parseClaim(object) : undefined;
    if (claim !== undefined) wake(claim.host, tasks.store, place.enqueue);
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

/** A parent keeps the books on its children; those of one that is gone have to go by themselves. */
function wakeRelatives(
  { type, object }: Change<AgentTask>,
  tasks: ReadStore<AgentTask>,
  { notes, enqueue }: Pick<Workplace, 'notes' | 'enqueue'>,
): void {
  const parent = parentOf(object);
  if (parent !== undefined) {
    if (type === 'deleted') notes.childGone(parent.key, object.metadata.name);
    enqueue(parent.key);
  }
  if (type === 'deleted') for (const child of tasks.byIndex('parent', object.metadata.uid ?? '')) enqueue(keyOf(child));
}

/** For a counter that somebody deleted. */
async function highestId(client: Client, scope: { readonly namespace?: string }): Promise<number> {
  let highest = 0;
  await listAll(client, agentTasks, { ...scope, limit: 500 }, (items) => {
    for (const task of items) highest = Math.max(highest, idOf(task) ?? 0);
  });
  return highest;
}

/** Of all who wait for a host, only the eldest may have it: waking the others would only make them wait again. */
function wake(host: string, tasks: ReadStore<AgentTask>, enqueue: (key: string) => void): void {
  const eldest = eldestWaiting(tasks, host);
  if (eldest !== undefined) enqueue(keyOf(eldest));
}

/** A task that leaves the queue without having claimed its hosts (paused, stopped, deleted) makes way for the next. */
function wakeSuccessors(
  { type, object, previous }: Change<AgentTask>,
  tasks: ReadStore<AgentTask>,
  enqueue: (key: string) => void,
): void {
  const left =
    previous?.status?.phase === 'Pending' &&
    (type === 'deleted' || object.status?.phase !== 'Pending' || object.spec.paused === true);
  if (left) for (const host of object.spec.hosts ?? []) wake(host, tasks, enqueue);
}
