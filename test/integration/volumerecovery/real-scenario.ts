import { expect } from 'vitest';

import { ZoneDrivers } from '../../../controllers/shared/storage/zones.ts';
import { addVolumeRecovery } from '../../../controllers/volumerecovery/controller.ts';
import { isFinished } from '../../../controllers/volumerecovery/course.ts';
import { backupZoneLabel } from '../../../crds/labels.ts';
import type { StorageZone } from '../../../crds/types/storagezone.ts';
import { volumeRecoveries, type VolumeRecovery } from '../../../crds/types/volumerecovery.ts';
import { configMaps } from '../../../kube/builtin.ts';
import type { Client } from '../../../kube/client.ts';
import { systemClock } from '../../../kube/clock.ts';
import type { TwoZones } from '../../cinder/two-zones.ts';
import { contentOf, fileOf, ZoneApi, type Source } from '../../cinder/zone-api.ts';
import { startController } from '../../harness/controller.ts';
import type { Scenario } from '../../harness/crash.ts';
import { makePlace, removePlace, type Place } from '../../harness/place.ts';
import { until } from '../../harness/wait.ts';
import { zoneActs, zoneLooks } from '../../harness/volumerecovery/calls.ts';

/**
 * Milliseconds. Where the run has other steps than the undisturbed one, the controllers die before a call that they
 * recorded, and not after it: that is waited out, and far sooner than in earnest, as nobody else asks this Cinder.
 */
const unansweredFor = 15_000;

export interface RealSite {
  /** The source's is dead. */
  readonly zones: TwoZones;
  readonly source: Source;
  /** The namespace whose catalogue tells of the source's backup. */
  readonly catalogueIn: string;
  readonly tenantID: string;
}

/** A recovery by the real zones, with controllers that may die on the way. */
export function realScenario(client: Client, { zones, source, catalogueIn, tenantID }: RealSite): Scenario<Place> {
  const drivers = new ZoneDrivers();
  return {
    async begin() {
      const place = await makePlace(client);
      const { items } = await client.list(configMaps, { namespace: catalogueIn, labelSelector: backupZoneLabel });
      for (const { metadata, ...entry } of items) {
        const { name, labels = {} } = metadata;
        await client.create(configMaps, { ...entry, metadata: { namespace: place.namespace, name, labels } });
      }
      await client.create(volumeRecoveries, {
        apiVersion: 'fleetwright.io/v1alpha1',
        kind: 'VolumeRecovery',
        metadata: { namespace: place.namespace, name: 'back' },
        spec: {
          source: { zone: zones.a.name, volumeTypeID: zones.typeA, volumeID: source.volumeID },
          destination: { zone: zones.b.name, tenantID, volumeTypeID: zones.typeB },
        },
      });
      return place;
    },
    start: ({ namespace }, faulty, steps) =>
      startController(faulty, client, ({ manager, events }) => {
        addVolumeRecovery(manager, {
          client: faulty,
          events,
          clock: systemClock,
          zoneOf: (zone: StorageZone) => {
            const driver = drivers.of(zone);
            return driver === undefined ? undefined : steps.driver(driver, 'zone', zoneActs, zoneLooks);
          },
          systemNamespace: namespace,
          namespace,
          unansweredFor,
        });
      }),
    async finished({ namespace }) {
      await ended(client, namespace);
    },
    async check({ namespace }) {
      const { metadata, status } = await ended(client, namespace);
      expect(status?.message).toContain(`belongs to tenant ${tenantID}`);
      expect(status?.phase).toBe('Succeeded');
      const named = `/volumes?all_tenants=1&name=recovery-${metadata.uid}`;
      expect(await new ZoneApi(zones.b).list(named, 'volumes')).toMatchObject([{ id: status?.newVolumeID }]);
      const file = fileOf(zones.b, status?.newVolumeID ?? '');
      expect(await contentOf(file, source.content)).toEqual(source.content);
    },
    end: (place) => removePlace(client, place),
  };
}

async function ended(client: Client, namespace: string): Promise<VolumeRecovery> {
  return until(client, volumeRecoveries, { namespace, name: 'back' }, ([recovery]) =>
    recovery !== undefined && isFinished(recovery) ? recovery : undefined,
  );
}
