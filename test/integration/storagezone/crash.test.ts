import { describe, expect, test } from 'vitest';

import { catalogueEntry } from '../../../controllers/shared/storage/catalogue.ts';
import { addStorageZone } from '../../../controllers/storagezone/controller.ts';
import { backupMissingLabel, backupZoneLabel } from '../../../crds/labels.ts';
import { storageZones } from '../../../crds/types/storagezone.ts';
import { configMaps, type ConfigMap } from '../../../kube/builtin.ts';
import { systemClock } from '../../../kube/clock.ts';
import { findCondition } from '../../../kube/conditions.ts';
import { deleteIfThere } from '../../../kube/ifthere.ts';
import { startController } from '../../harness/controller.ts';
import { crashAtEveryStep, crashIntoThePast, withLaggingCache, type Scenario } from '../../harness/crash.ts';
import { patience } from '../../harness/matrix.ts';
import { makePlace, removePlace, type Place } from '../../harness/place.ts';
import { selecting } from '../../harness/views.ts';
import { zoneActs, zoneLooks } from '../../harness/volumerecovery/calls.ts';
import { storageZone } from '../../harness/volumerecovery/objects.ts';
import { playedBackup, PlayedZone } from '../../harness/volumerecovery/played-zone.ts';
import { until } from '../../harness/wait.ts';
import { clientForFile } from '../kube/cluster.ts';

const client = clientForFile();

interface World extends Place {
  readonly zone: PlayedZone;
  /** Of the StorageZone, which is the cluster's. */
  readonly name: string;
  readonly backups: readonly [string, string];
}

/** What happens besides the probes, and what must hold at the end. */
interface Story {
  readonly live: (world: World) => Promise<void>;
  readonly check: (world: World) => Promise<void>;
}

function scenario({ live, check }: Story): Scenario<World> {
  return {
    async begin() {
      const place = await makePlace(client);
      const name = `${place.namespace}-a`;
      const backups = [`${place.namespace}-1`, `${place.namespace}-2`] as const;
      const zone = new PlayedZone(Date.now);
      for (const id of backups) zone.addBackup(playedBackup(id, 'v-1'));
      await client.create(storageZones, storageZone(name));
      return { ...place, zone, name, backups };
    },
    start: ({ namespace, name, zone }, faulty, steps) =>
      startController(
        selecting(faulty, { [storageZones.plural]: `metadata.name=${name}` }),
        client,
        ({ manager, events }) => {
          const driver = steps.driver(zone.driver(), 'zone', zoneActs, zoneLooks);
          addStorageZone(manager, {
            client: faulty,
            events,
            clock: systemClock,
            zoneOf: () => driver,
            systemNamespace: namespace,
            probeEvery: 300,
          });
        },
      ),
    finished: live,
    check,
    async end(world) {
      await deleteIfThere(client, storageZones, { metadata: { name: world.name } });
      await removePlace(client, world);
    },
  };
}

function isOfZone({ metadata }: ConfigMap): boolean {
  return metadata.labels?.[backupZoneLabel] !== undefined;
}

/** Waits until the catalogue tells of so many backups, and of so many of them that they are missing. */
async function catalogued({ namespace }: World, all: number, missing: number): Promise<void> {
  await until(client, configMaps, { namespace }, (objects) => {
    const entries = objects.filter(isOfZone);
    const without = entries.filter(({ metadata }) => metadata.labels?.[backupMissingLabel] !== undefined);
    return entries.length >= all && without.length === missing ? entries : undefined;
  });
}

async function entriesOf({ namespace }: World): Promise<readonly (ReturnType<typeof catalogueEntry> | undefined)[]> {
  const { items } = await client.list(configMaps, { namespace, labelSelector: backupZoneLabel });
  return items.map(catalogueEntry);
}

const kept: Story = {
  live: async (world) => {
    const [first] = world.backups;
    await catalogued(world, 2, 0);
    world.zone.loseBackup(first);
    await catalogued(world, 2, 1);
    world.zone.addBackup(playedBackup(first, 'v-1'));
    await catalogued(world, 2, 0);
    await until(client, storageZones, { namespace: '', name: world.name }, ([zone]) =>
      findCondition(zone?.status?.conditions, 'Ready')?.reason === 'Ready' ? zone : undefined,
    );
  },
  check: async (world) => {
    const { name, backups } = world;
    expect(
      (await entriesOf(world)).toSorted((a, b) => (a?.record.url ?? '').localeCompare(b?.record.url ?? '')),
    ).toEqual(
      backups.map((id) => ({
        zone: name,
        backup: playedBackup(id, 'v-1'),
        record: { service: 'posix', url: id },
        missing: false,
      })),
    );
    const { metadata, status } = await client.get(storageZones, { name });
    expect(metadata.finalizers).toBeUndefined();
    expect(status?.catalogue?.backups).toBe(2);
    expect(world.zone.made).toEqual([]);
  },
};

/** The zone is no longer described when the first record was copied. */
const deleted: Story = {
  live: async (world) => {
    await catalogued(world, 1, 0);
    await client.delete(storageZones, { name: world.name });
    await until(client, storageZones, { namespace: '', name: world.name }, ([zone]) =>
      zone === undefined ? true : undefined,
    );
  },
  check: async (world) => {
    const entries = await entriesOf(world);
    expect(entries).not.toEqual([]);
    expect(entries).not.toContain(undefined);
    expect(world.zone.made).toEqual([]);
  },
};

describe('the controller of zones', { timeout: patience(120_000) }, () => {
  test('may die at each of its steps: the catalogue tells of each backup once, and nothing is taken out', async () => {
    const steps = await crashAtEveryStep(scenario(kept), { client, parallel: 6 });
    // How often is a matter of timing: one that the cache does not show yet is made again, and is found to be there.
    const writes = new Set(steps.filter((step) => step.endsWith('configmaps')));
    expect([...writes]).toEqual(['create configmaps', 'mergePatch configmaps']);
  });

  test('may die while its zone is deleted: what was copied stays', async () => {
    expect(await crashAtEveryStep(scenario(deleted), { client, parallel: 6 })).toContain('create configmaps');
  });

  test('may be shown the past after it died, and see everything late', async () => {
    expect(await crashIntoThePast(scenario(kept), { client, parallel: 6 })).toContain('mergePatch storagezones');
    expect(await withLaggingCache(scenario(kept), { client }, 400)).toContain('mergePatch storagezones');
  });
});
