import { highestId } from '../../crds/ids.ts';
import { backupZoneLabel, rowKeyCounterName } from '../../crds/labels.ts';
import { storageZones, type StorageZone } from '../../crds/types/storagezone.ts';
import { volumeRecoveries } from '../../crds/types/volumerecovery.ts';
import { configMaps } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import type { Clock } from '../../kube/clock.ts';
import type { Controller } from '../../kube/controller.ts';
import type { EventRecorder } from '../../kube/events.ts';
import { IdCounter } from '../../kube/ids.ts';
import type { Manager } from '../../kube/manager.ts';
import { keyOf } from '../../kube/objects.ts';
import { OwnWrites } from '../../kube/ownwrites.ts';
import { catalogueIndexers } from '../shared/storage/catalogue.ts';
import { Comparisons } from '../shared/storage/comparisons.ts';
import type { StorageDriver } from '../shared/storage/driver.ts';
import { CallMemory } from './memory.ts';
import { recoveryIndexers } from './observe.ts';
import { reconcilerOf } from './reconcile.ts';

export interface VolumeRecoveryOptions {
  /** The client for all that this kind does; the manager's, unless a test breaks it on purpose. */
  readonly client?: Client;
  readonly events: EventRecorder;
  readonly clock: Clock;
  /** The storage of a zone; undefined for a driver that these controllers do not have. */
  readonly zoneOf: (zone: StorageZone) => StorageDriver | undefined;
  /** Where the catalogue of backups and the counter of ids live. */
  readonly systemNamespace: string;
  /** Only recoveries of this namespace; all when absent. */
  readonly namespace?: string;
  /** Milliseconds that a call may take effect of which nobody knows whether it was made. */
  readonly unansweredFor?: number;
}

/** Adds the VolumeRecovery kind to a manager: its caches, what wakes a recovery, its controller. */
export function addVolumeRecovery(manager: Manager, options: VolumeRecoveryOptions): Controller {
  const { events, clock, zoneOf, systemNamespace, namespace, unansweredFor } = options;
  const client = options.client ?? manager.client;
  const scope = namespace === undefined ? {} : { namespace };
  const recoveries = manager.cache(volumeRecoveries, { ...scope, indexers: recoveryIndexers });
  const zones = manager.cache(storageZones);
  const catalogue = manager.cache(configMaps, {
    namespace: systemNamespace,
    labelSelector: backupZoneLabel,
    indexers: catalogueIndexers,
  });
  const comparisons = new Comparisons((uid) => {
    for (const recovery of recoveries.store.byIndex('uid', uid)) controller.queue.add(keyOf(recovery));
  });
  const calls = new CallMemory(unansweredFor);
  const reconciler = reconcilerOf({
    client,
    clock,
    events,
    zoneOf,
    calls,
    comparisons,
    recoveries: recoveries.store,
    storageZones: zones.store,
    catalogue: catalogue.store,
    ids: new IdCounter(client, systemNamespace, rowKeyCounterName, () =>
      highestId(volumeRecoveries, { client, namespace }),
    ),
    ownWrites: new OwnWrites(),
  });
  const controller = manager.controller({
    name: 'volumerecovery',
    reconcile: async (key, pass) => reconciler.reconcile(key, pass),
    onTerminal: async (key, error, pass) => reconciler.fail(key, error, pass),
  });

  const wakeZone = (zone: string): void => {
    for (const recovery of recoveries.store.byIndex('zone', zone)) controller.queue.add(keyOf(recovery));
  };
  recoveries.onChange(({ type, key, object }) => {
    controller.queue.add(key);
    if (type !== 'deleted') return;
    comparisons.forget(object.metadata.uid ?? '');
    calls.forget(object.metadata.uid ?? '');
  });
  zones.onChange(({ type, object, previous }) => {
    // Its status is written whenever a backup was found: only what it says of the zone itself matters here.
    if (type === 'deleted' || previous?.metadata.generation !== object.metadata.generation)
      wakeZone(object.metadata.name);
  });
  catalogue.onChange(({ object }) => {
    const zone = object.metadata.labels?.[backupZoneLabel];
    if (zone !== undefined) wakeZone(zone);
  });
  manager.whileLeading(async (signal) => {
    signal.addEventListener('abort', () => comparisons.close(), { once: true });
  });
  return controller;
}
