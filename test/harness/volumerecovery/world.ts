import { addVolumeRecovery } from '../../../controllers/volumerecovery/controller.ts';
import { isFinished } from '../../../controllers/volumerecovery/course.ts';
import { UnreachableError } from '../../../controllers/shared/outside/errors.ts';
import type { StorageDriver } from '../../../controllers/shared/storage/driver.ts';
import { storageZones } from '../../../crds/types/storagezone.ts';
import { volumeRecoveries, type VolumeRecovery, type VolumeRecoverySpec } from '../../../crds/types/volumerecovery.ts';
import type { Controller } from '../../../kube/controller.ts';
import { configMaps } from '../../../kube/builtin.ts';
import { keyOf } from '../../../kube/objects.ts';
import type { Life } from '../world/life.ts';
import { ModelWorld, type ModelGround, type Order, type Surroundings } from '../world/world.ts';
import { zoneActs } from './calls.ts';
import { catalogued, storageZone } from './objects.ts';
import { playedBackup, PlayedZone } from './played-zone.ts';

const system = 'fleetwright-system';

/** The world of VolumeRecoveries: a zone that goes on without the controller, and what must never be in it. */
export class RecoveryWorld extends ModelWorld {
  readonly zone = new PlayedZone(
    () => this.clock.now().getTime(),
    (what) => this.tale.tell('zone b', what),
  );

  constructor(order: Order = {}) {
    super(order, []);
    for (const name of ['a', 'b']) this.api.create(storageZones, storageZone(name));
    this.api.onChange(({ plural, event }) => {
      if (plural !== volumeRecoveries.plural) return;
      if (event.type === 'MODIFIED') this.tale.status(event.object);
      if (event.type === 'DELETED') this.tale.tell(keyOf(event.object), 'is gone');
    });
  }

  recovery(name: string): VolumeRecovery | undefined {
    return this.api.find(volumeRecoveries, { namespace: 'default', name });
  }

  /** Its StorageZone is deleted. */
  forgetsZone(seconds: number, name: 'a' | 'b'): void {
    this.at(seconds, `zone ${name}`, 'is described no more', () => this.api.delete(storageZones, { name }));
  }

  describesZone(seconds: number, name: 'a' | 'b'): void {
    this.at(seconds, `zone ${name}`, 'is described again', () => this.api.create(storageZones, storageZone(name)));
  }

  /** The catalogue tells of a backup of volume v-1, which is b-1 unless stated. */
  hasBackup(seconds = 0, id = 'b-1'): void {
    this.at(seconds, 'catalogue', `tells of backup ${id}`, () =>
      this.api.create(configMaps, catalogued(system, playedBackup(id, 'v-1'))),
    );
  }

  applies(seconds: number, recovery: VolumeRecovery): void {
    this.at(seconds, keyOf(recovery), 'applied', () => this.api.create(volumeRecoveries, recovery));
  }

  changes(seconds: number, name: string, what: string, spec: Partial<VolumeRecoverySpec>): void {
    this.at(seconds, `default/${name}`, what, () => {
      if (this.recovery(name) !== undefined)
        this.api.mergePatch(volumeRecoveries, { namespace: 'default', name }, { spec });
    });
  }

  deletes(seconds: number, name: string): void {
    this.at(seconds, `default/${name}`, 'deleted by its owner', () => {
      if (this.recovery(name) !== undefined) this.api.delete(volumeRecoveries, { namespace: 'default', name });
    });
  }

  protected override addController({ manager, life, events }: ModelGround): Controller {
    const driver = livingDriver(this.zone.driver(), life);
    return addVolumeRecovery(manager, { events, clock: this.clock, zoneOf: () => driver, systemNamespace: system });
  }

  protected override get surroundings(): readonly Surroundings[] {
    return [this.zone];
  }

  protected override get allEnded(): boolean {
    return this.api
      .list(volumeRecoveries)
      .every((recovery) => isFinished(recovery) && recovery.metadata.deletionTimestamp === undefined);
  }

  protected override get keys(): readonly string[] {
    return this.api.list(volumeRecoveries).map(keyOf);
  }

  protected override check(): void {
    const created = this.zone.made.filter((what) => what.startsWith('volume recovery-'));
    if (new Set(created).size !== created.length) this.broken.push(`a second volume: ${created.join(', ')}`);
    for (const { id, tenantID, content } of this.zone.volumes)
      if (tenantID !== 'f1ee7' && content === undefined) this.broken.push(`${id} was handed over empty`);
    const busy = this.zone.volumes.filter(({ status }) => status === 'restoring-backup');
    if (busy.length > 1) this.broken.push('two restores of one backup at a time');
    for (const { metadata, status } of this.api.list(volumeRecoveries))
      if (status?.phase === 'Succeeded' && !this.zone.volumes.some(({ id }) => id === status.newVolumeID))
        this.broken.push(`${metadata.name} has succeeded, and its volume is gone`);
  }
}

/** The calls of one process: they end with it, and may fail on the way. */
function livingDriver(driver: StorageDriver, life: Life): StorageDriver {
  return new Proxy(driver, {
    get(target, name: keyof StorageDriver) {
      const call = target[name];
      if (typeof call !== 'function') return call;
      const changes = zoneActs.some((act) => act === name);
      return async (...parameters: readonly unknown[]): Promise<unknown> => {
        // What nobody waits for any more, since the process has died, must not end this one.
        const carryOut = (): Promise<PromiseSettledResult<unknown>[]> =>
          Promise.allSettled([Reflect.apply(call, undefined, parameters)]);
        const [settled] = await (changes
          ? life.write(name, carryOut, { refused: lost, answerLost: lost })
          : life.read(name, carryOut));
        if (settled?.status === 'rejected') throw settled.reason;
        return settled?.value;
      };
    },
  });
}

function lost(): Error {
  return new UnreachableError('Cinder', 'Cinder does not answer at http://zone: no answer in time');
}
