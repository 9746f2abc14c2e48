import { describe, expect, test } from 'vitest';

import { addVolumeRecovery } from '../../../controllers/volumerecovery/controller.ts';
import { isFinished } from '../../../controllers/volumerecovery/course.ts';
import { storageZones } from '../../../crds/types/storagezone.ts';
import { volumeRecoveries, type VolumeRecovery } from '../../../crds/types/volumerecovery.ts';
import { configMaps } from '../../../kube/builtin.ts';
import { systemClock } from '../../../kube/clock.ts';
import { deleteIfThere } from '../../../kube/ifthere.ts';
import { startController } from '../../harness/controller.ts';
import { crashAtEveryStep, crashIntoThePast, withLaggingCache, type Scenario } from '../../harness/crash.ts';
import { nightly, patience } from '../../harness/matrix.ts';
import { makePlace, removePlace, type Place } from '../../harness/place.ts';
import { zoneActs, zoneLooks } from '../../harness/volumerecovery/calls.ts';
import { catalogued, storageZone, volumeRecovery } from '../../harness/volumerecovery/objects.ts';
import { playedBackup, PlayedZone } from '../../harness/volumerecovery/played-zone.ts';
import { until } from '../../harness/wait.ts';
import { clientForFile } from '../kube/cluster.ts';

const client = clientForFile();

/** A call of which nobody knows is waited out: far sooner than in earnest. */
const unansweredFor = 1500;

interface World extends Place {
  readonly zone: PlayedZone;
  /** Names of the zones, which are the cluster's. */
  readonly names: readonly [string, string];
}

/** What the user does besides asking for the recovery, and what must hold at the end. */
interface Story {
  readonly live: (world: World) => Promise<void>;
  readonly check: (world: World) => Promise<void>;
}

function scenario({ live, check }: Story): Scenario<World> {
  return {
    async begin() {
      const place = await makePlace(client);
      const names = [`${place.namespace}-a`, `${place.namespace}-b`] as const;
      const zone = new PlayedZone(Date.now);
      zone.behaviour = { restoring: 0.5 };
      for (const name of names) await client.create(storageZones, storageZone(name));
      const backup = playedBackup(`backup-${place.namespace}`, 'v-1');
      await client.create(configMaps, catalogued(place.namespace, backup, names[0]));
      await client.create(volumeRecoveries, volumeRecovery('back', {}, place.namespace, names));
      return { ...place, zone, names };
    },
    start: ({ namespace, zone }, faulty, steps) =>
      startController(faulty, client, ({ manager, events }) => {
        const driver = steps.driver(zone.driver(), 'zone', zoneActs, zoneLooks);
        addVolumeRecovery(manager, {
          client: faulty,
          events,
          clock: systemClock,
          zoneOf: () => driver,
          systemNamespace: namespace,
          namespace,
          unansweredFor,
        });
      }),
    finished: live,
    check,
    async end(world) {
      for (const name of world.names) await deleteIfThere(client, storageZones, { metadata: { name } });
      await removePlace(client, world);
    },
  };
}

async function seen(
  { namespace }: World,
  wanted: (recovery: VolumeRecovery | undefined) => boolean,
): Promise<VolumeRecovery | undefined> {
  const { found } = await until(client, volumeRecoveries, { namespace, name: 'back' }, ([one]) =>
    wanted(one) ? { found: one } : undefined,
  );
  return found;
}

function created({ zone }: World): readonly string[] {
  return zone.made.filter((what) => what.startsWith('volume recovery-'));
}

const success: Story = {
  live: async (world) => void (await seen(world, (recovery) => recovery !== undefined && isFinished(recovery))),
  check: async (world) => {
    const recovery = await seen(world, () => true);
    expect(recovery?.status?.message).toContain('belongs to tenant cafe');
    expect(recovery?.status?.phase).toBe('Succeeded');
    expect(created(world)).toHaveLength(1);
    expect(world.zone.volumes.map(({ id, tenantID, bootable }) => ({ id, tenantID, bootable }))).toEqual([
      { id: recovery?.status?.newVolumeID, tenantID: 'cafe', bootable: false },
    ]);
    // Whatever was imported is still there.
    expect(world.zone.backups).toHaveLength(1);
  },
};

const deleted: Story = {
  live: async (world) => {
    await seen(world, (recovery) => recovery?.status?.request?.call === 'Restore');
    await client.delete(volumeRecoveries, { namespace: world.namespace, name: 'back' });
    await seen(world, (recovery) => recovery === undefined);
  },
  check: async (world) => {
    expect(created(world)).toHaveLength(1);
    const handedOver = world.zone.made.some((what) => what.endsWith(' to cafe'));
    expect(world.zone.volumes).toHaveLength(handedOver ? 1 : 0);
    expect(world.zone.backups).toHaveLength(1);
  },
};

const moments = nightly ? {} : ({ moments: ['after'] } as const);

describe('the controller of recoveries', { timeout: patience(300_000) }, () => {
  test('may die at each of its steps: one volume is made, filled and handed over', async () => {
    const steps = await crashAtEveryStep(scenario(success), { client, parallel: 6, ...moments });
    // A wait may be told of, or be over before it is: a matter of timing.
    expect(steps.filter((step) => step.startsWith('zone.'))).toEqual([
      'zone.importRecord',
      'zone.createVolume',
      'zone.restore',
      'zone.setBootable',
      'zone.offerTransfer',
      'zone.acceptTransfer',
    ]);
  });

  test('may die at each of its steps while the recovery is deleted: no volume is left that nobody owns', async () => {
    const only = nightly ? undefined : ['zone.createVolume', 'zone.restore', 'zone.deleteVolume'];
    const steps = await crashAtEveryStep(scenario(deleted), { client, parallel: 6, only, ...moments });
    expect(steps).toContain('zone.deleteVolume');
  });

  test('may be shown the past after it died: nothing is done twice', async () => {
    const only = nightly ? undefined : ['zone.createVolume', 'zone.restore', 'zone.acceptTransfer'];
    const steps = await crashIntoThePast(scenario(success), { client, parallel: 6, only });
    expect(steps).toContain('zone.createVolume');
  });

  test('may see everything late', async () => {
    expect(await withLaggingCache(scenario(success), { client }, 400)).toContain('zone.acceptTransfer');
  });
});
