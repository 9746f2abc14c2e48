import { volumeRecoveries } from '../../crds/types/volumerecovery.ts';
import type { Kind } from '../kind.ts';
import { ZoneDrivers } from '../shared/storage/zones.ts';
import { addVolumeRecovery } from './controller.ts';
import { finalizer } from './finalizers.ts';

export const volumeRecovery: Kind = {
  name: 'volumerecovery',
  settings: {},
  objects: volumeRecoveries,
  finalizers: [finalizer],
  startErrors: [],
  configure() {
    return {
      name: 'volumerecovery',
      facts: {},
      async open({ manager, events, clock, systemNamespace, watchNamespace }) {
        const drivers = new ZoneDrivers();
        addVolumeRecovery(manager, {
          events,
          clock,
          zoneOf: (zone) => drivers.of(zone),
          systemNamespace,
          ...(watchNamespace === undefined ? {} : { namespace: watchNamespace }),
        });
      },
    };
  },
};
