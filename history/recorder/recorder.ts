import type { Logger } from 'pino';

import type { Client } from '../../kube/client.ts';
import type { Clock } from '../../kube/clock.ts';
import type { Manager } from '../../kube/manager.ts';
import { OwnWrites } from '../../kube/ownwrites.ts';
import type { Reconciled } from '../../kube/reconciler.ts';
import type { HistoryKind } from '../kind.ts';
import type { HistoryStore } from '../store.ts';
import { Departed } from './departed.ts';
import { keepHouse, type Watched } from './housekeeping.ts';
import type { RecorderMetrics } from './metrics.ts';
import { Notes } from './notes.ts';
import { recording, type Workplace } from './reconcile.ts';
import { slim } from './slim.ts';
import { watchedKinds } from './watched.ts';

export interface RecorderOptions {
  /** The client for all that the recorder does; the manager's, unless a test breaks it on purpose. */
  readonly client?: Client;
  readonly store: HistoryStore;
  /** What is recorded. */
  readonly kinds: readonly HistoryKind[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: RecorderMetrics;
  /** Only objects of this namespace; all when absent. */
  readonly namespace?: string | undefined;
  /** For how many days the details of a record are kept after its end; 0: for ever. */
  readonly retentionDays: number;
}

/** Milliseconds. A disk that was full is looked at again within a minute after somebody made room. */
const maxBackoff = 60_000;
/** As many passes share a commit: more would only wait for the API server. */
const workers = 20;

/**
 * Adds the recorder to a manager: it sees every object of its kinds, holds it until its end is recorded, and keeps the
 * history in order.
 */
export function addRecorder(manager: Manager, options: RecorderOptions): void {
  const { store, kinds, clock, log, metrics, namespace, retentionDays } = options;
  const client = options.client ?? manager.client;
  let leading = false;
  const watched = watchedKinds(kinds, namespace).map((kind) =>
    addKind(manager, kind, { ...options, client }, () => leading),
  );
  manager.whileLeading(async (signal) => {
    leading = true;
    await keepHouse({ client, store, metrics, watched, clock, log, namespace, retentionDays }, signal);
  });
}

function addKind<T extends Reconciled>(
  manager: Manager,
  kind: HistoryKind<T>,
  { client, store, clock, metrics, namespace }: RecorderOptions & { readonly client: Client },
  isLeading: () => boolean,
): Watched<T> {
  const scope = namespace === undefined ? {} : { namespace };
  const cache = manager.cache(kind.type, { ...scope, transform: (object) => slim(kind, object) });
  const place: Workplace<T> = {
    kind,
    client,
    store,
    clock,
    metrics,
    objects: cache.store,
    departed: new Departed(),
    notes: new Notes(kind, store),
    ownWrites: new OwnWrites(),
  };
  const controller = manager.controller({
    name: `history-${kind.type.kind.toLowerCase()}`,
    workers,
    maxBackoff,
    reconcile: recording(place),
  });
  cache.onChange(({ type, key, object }) => {
    // Who does not lead would gather them for ever; once he leads, housekeeping finds their records.
    if (type === 'deleted' && isLeading()) place.departed.add(key, object);
    controller.queue.add(key);
  });
  return { kind, objects: cache.store };
}
