import { storageZones } from '../../crds/types/storagezone.ts';
import type { Settings } from '../../kube/flags.ts';
import type { Kind } from '../kind.ts';
import { ZoneDrivers } from '../shared/storage/zones.ts';
import { settings } from './config.ts';
import { addStorageZone } from './controller.ts';

export const storageZone: Kind = {
  name: 'storagezone',
  settings,
  objects: storageZones,
  finalizers: [],
  startErrors: [],
  configure(read: Settings<keyof typeof settings>) {
    const probeSeconds = read.whole('zone-probe-seconds', 1, 3600);
    return {
      name: 'storagezone',
      facts: { probeSeconds },
      async open({ manager, events, clock, systemNamespace }) {
        const drivers = new ZoneDrivers();
        addStorageZone(manager, {
          events,
          clock,
          zoneOf: (zone) => drivers.of(zone),
          forget: (name) => drivers.forget(name),
          systemNamespace,
          probeEvery: probeSeconds * 1000,
        });
      },
    };
  },
};
