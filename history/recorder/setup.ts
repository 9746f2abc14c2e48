import type { Logger } from 'pino';

import { agentTasks } from '../../crds/types/agenttask.ts';
import type { Client } from '../../kube/client.ts';
import type { Clock } from '../../kube/clock.ts';
import type { Controller } from '../../kube/controller.ts';
import type { Manager } from '../../kube/manager.ts';
import { OwnWrites } from '../../kube/ownwrites.ts';
import type { HistoryStore } from '../store.ts';
import { Departed } from './departed.ts';
import { keepHouse } from './housekeeping.ts';
import type { RecorderMetrics } from './metrics.ts';
import { Notes } from './notes.ts';
import { reconcile, type Workplace } from './reconcile.ts';
import { slim } from './slim.ts';

export interface RecorderOptions {
  /** The client for all that the recorder does; the manager's, unless a test breaks it on purpose. */
  readonly client?: Client;
  readonly store: HistoryStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: RecorderMetrics;
  /** Only tasks of this namespace; all when absent. */
  readonly namespace?: string | undefined;
  /** For how many days the details of a task are kept after its end; 0: for ever. */
  readonly retentionDays: number;
}

/** Milliseconds. A disk that was full is looked at again within a minute after somebody made room. */
const maxBackoff = 60_000;
/** As many passes share a commit: more would only wait for the API server. */
const workers = 20;

/** Adds the recorder to a manager: it sees every AgentTask, holds it until its end is recorded, and keeps the history in order. */
export function addRecorder(manager: Manager, options: RecorderOptions): Controller {
  const { store, clock, log, metrics, namespace, retentionDays } = options;
  const client = options.client ?? manager.client;
  const tasks = manager.cache(agentTasks, { ...(namespace === undefined ? {} : { namespace }), transform: slim });
  const place: Workplace = {
    client,
    store,
    clock,
    metrics,
    tasks: tasks.store,
    departed: new Departed(),
    notes: new Notes((uid) => store.knowledge(uid)),
    ownWrites: new OwnWrites(),
  };
  const controller = manager.controller({
    name: 'history',
    workers,
    maxBackoff,
    reconcile: (key, pass) => reconcile(key, pass, place),
  });
  let leading = false;
  tasks.onChange(({ type, key, object }) => {
    // Who does not lead would gather them for ever; once he leads, housekeeping finds their records.
    if (type === 'deleted' && leading) place.departed.add(key, object);
    controller.queue.add(key);
  });
  manager.whileLeading(async (signal) => {
    leading = true;
    await keepHouse({ client, store, metrics, tasks: tasks.store, clock, log, namespace, retentionDays }, signal);
  });
  return controller;
}
