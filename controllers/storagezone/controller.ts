import { backupZoneLabel } from '../../crds/labels.ts';
import { storageZones, type StorageZone } from '../../crds/types/storagezone.ts';
import { configMaps } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import type { Clock } from '../../kube/clock.ts';
import type { Controller } from '../../kube/controller.ts';
import type { EventRecorder } from '../../kube/events.ts';
import type { Manager } from '../../kube/manager.ts';
import { OwnWrites } from '../../kube/ownwrites.ts';
import { Reconciler } from '../../kube/reconciler.ts';
import { tellIntents } from '../shared/acting.ts';
import type { OutsideTrouble } from '../shared/outside/troubles.ts';
import { catalogueIndexers } from '../shared/storage/catalogue.ts';
import type { StorageLooks } from '../shared/storage/driver.ts';
import { act } from './act.ts';
import type { Plan } from './intents.ts';
import { observe } from './observe.ts';
import { plan, type Rhythm } from './plan.ts';

export interface StorageZoneOptions extends Rhythm {
  /** The client for all that this kind does; the manager's, unless a test breaks it on purpose. */
  readonly client?: Client;
  readonly events: EventRecorder;
  readonly clock: Clock;
  /** The storage of a zone; undefined for a driver that these controllers do not have. */
  readonly zoneOf: (zone: StorageZone) => StorageLooks | undefined;
  /** A zone is gone. */
  readonly forget?: (name: string) => void;
  /** Where the catalogue of backups lives. */
  readonly systemNamespace: string;
}

/** Adds the StorageZone kind to a manager: its caches, what wakes a zone, its controller. */
export function addStorageZone(manager: Manager, options: StorageZoneOptions): Controller {
  const { events, clock, zoneOf, systemNamespace, probeEvery } = options;
  const client = options.client ?? manager.client;
  const zones = manager.cache(storageZones);
  const catalogue = manager.cache(configMaps, {
    namespace: systemNamespace,
    labelSelector: backupZoneLabel,
    indexers: catalogueIndexers,
  });
  const copyTroubles = new Map<string, OutsideTrouble>();
  const place = { zones: zones.store, catalogue: catalogue.store, client, zoneOf, systemNamespace, copyTroubles };
  const reconciler = new Reconciler<StorageZone, Plan>({
    type: storageZones,
    store: zones.store,
    client,
    ownWrites: new OwnWrites(),
    events,
    decide: async (zone) => plan(await observe(zone, place), clock.now(), { probeEvery }),
    act: async (zone, { intents }, pass) => {
      tellIntents(pass, intents);
      await act(zone, intents, place);
      return zone;
    },
    // Told once; the next probe tries again.
    done: (zone, { intents }) => {
      if (intents.length === 0) copyTroubles.delete(zone.metadata.name);
    },
    gone: (key) => {
      copyTroubles.delete(key);
      options.forget?.(key);
    },
  });
  const controller = manager.controller({
    name: 'storagezone',
    reconcile: async (key, pass) => reconciler.reconcile(key, pass),
    onTerminal: async (key, error, pass) => reconciler.fail(key, error, pass),
  });
  zones.onChange(({ type, key, object, previous }) => {
    // Not by its own status: a zone is asked as often as it is said, and not once more for each answer.
    if (type === 'deleted' || previous?.metadata.generation !== object.metadata.generation) controller.queue.add(key);
  });
  catalogue.onChange(({ object }) => {
    const zone = object.metadata.labels?.[backupZoneLabel];
    if (zone !== undefined) controller.queue.add(zone);
  });
  return controller;
}
